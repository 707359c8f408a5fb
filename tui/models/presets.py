"""The models with short names, as data.

Sizes are the float32 parameters of open_clip's configurations times four bytes. Work for each
picture is open_clip's own count (``docs/model_profile.csv``, image_gflops); that of SigLIP2's image
tower, which is not in that table, is of the same transformer at the same size. Scores are
open_clip's (``docs/openclip_results.csv``): ImageNet's zero-shot accuracy, and COCO's recall at 1
over both directions. Figures without a source there were measured by this project.
"""

from __future__ import annotations

from typing import Any

from tui.models.runtime.spec import Benchmark, ClipSource, ModelSpec
from tui.models.starter import towers as starter

RECOMMENDED = "clip"
BUILT_IN = "starter"

_OPEN_CLIP = "open_clip's results table"
_PROFILE = "open_clip's profile table"


def _published(name: str, architecture: str, tag: str, repository: str, **facts: Any) -> ModelSpec:
    return ModelSpec(
        name=name,
        model_id=f"open_clip:{architecture}/{tag}",
        origin=f"open_clip {architecture}, {tag}",
        source=ClipSource(architecture, tag, repository=repository),
        **facts,
    )


def _scores(imagenet: float, coco: float, work: str) -> tuple[Benchmark, ...]:
    return (
        Benchmark(f"ImageNet zero-shot {imagenet:.1%}, COCO recall@1 {coco:.1%}", _OPEN_CLIP),
        Benchmark(f"work for each picture: {work}", _PROFILE),
    )


MODELS: tuple[ModelSpec, ...] = (
    ModelSpec(
        name=BUILT_IN,
        model_id=starter.MODEL_ID,
        title="Starter",
        origin="built in",
        dim=starter.DIM,
        image_size=starter.IMAGE_SIZE,
        download_bytes=0,
        languages="English",
        licence="Apache-2.0",
        knows="About 1,000 kinds of animal and object and the broader words above them; "
        "not people, colours, actions or style.",
        image_bytes=18_600_000,
        text_bytes=3_000_000,
        figures=(
            Benchmark(
                "300 sample photographs: R@1 0.92, R@10 0.99, broad words' precision@10 0.93"
            ),
            Benchmark("104 to 127 pictures per second on a core with AVX512-BF16"),
        ),
        work=24 / 115,  # by the pictures per second of both on the same core
    ),
    _published(
        RECOMMENDED,
        "ViT-B-32",
        "datacomp_xl_s13b_b90k",
        "laion/CLIP-ViT-B-32-DataComp.XL-s13B-b90K",
        title="CLIP ViT-B/32 (DataComp)",
        dim=512,
        image_size=224,
        download_bytes=605_109_252,
        image_bytes=351_396_864,
        text_bytes=253_712_384,
        languages="English",
        licence="MIT",
        knows="Recommended: scenes, people, colours, actions and styles, in everyday English.",
        figures=(
            *_scores(0.6917, 0.4534, "8.8 GFLOPs"),
            Benchmark("24 pictures per second on a core with AVX512-BF16"),
        ),
        work=1.0,
    ),
    _published(
        "openai",
        "ViT-B-32",
        "openai",
        "timm/vit_base_patch32_clip_224.openai",
        title="CLIP ViT-B/32 (OpenAI)",
        dim=512,
        image_size=224,
        download_bytes=605_109_252,
        image_bytes=351_396_864,
        text_bytes=253_712_384,
        languages="English",
        licence="MIT",
        knows="The original CLIP: like `clip`, with less training data.",
        figures=_scores(0.6332, 0.4028, "8.8 GFLOPs, as clip"),
        work=1.0,
    ),
    _published(
        "clip-256",
        "ViT-B-32-256",
        "datacomp_s34b_b86k",
        "laion/CLIP-ViT-B-32-256x256-DataComp-s34B-b86K",
        title="CLIP ViT-B/32 at 256 pixels (DataComp)",
        dim=512,
        image_size=256,
        download_bytes=605_155_332,
        image_bytes=351_442_944,
        text_bytes=253_712_384,
        languages="English",
        licence="MIT",
        knows="As `clip`, but with more detail: finds smaller things for a third more work.",
        figures=_scores(0.7281, 0.4892, "11.5 GFLOPs, 1.3 times clip's"),
        work=1.3,
    ),
    _published(
        "multilingual",
        "ViT-B-32-SigLIP2-256",
        "webli",
        "timm/ViT-B-32-SigLIP2-256",
        title="SigLIP 2 ViT-B/32 at 256 pixels (WebLI)",
        dim=768,
        image_size=256,
        download_bytes=1_507_424_264,
        image_bytes=378_209_280,
        text_bytes=1_129_214_976,
        languages="more than 100",
        licence="Apache-2.0",
        knows="As `clip-256`, in many languages; needs the package transformers.",
        figures=(Benchmark("trained on more than 100 languages", "SigLIP 2, arXiv 2502.14786"),),
        work=1.3,
    ),
    _published(
        "large",
        "ViT-L-14",
        "datacomp_xl_s13b_b90k",
        "laion/CLIP-ViT-L-14-DataComp.XL-s13B-b90K",
        title="CLIP ViT-L/14 (DataComp)",
        dim=768,
        image_size=224,
        download_bytes=1_710_466_052,
        image_bytes=1_215_864_832,
        text_bytes=494_601_216,
        languages="English",
        licence="MIT",
        knows="The best of these at details and long sentences; slow without a GPU.",
        figures=_scores(0.7921, 0.5451, "162 GFLOPs, 18 times clip's"),
        work=18.0,
    ),
)
