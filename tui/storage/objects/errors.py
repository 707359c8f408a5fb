"""Failures of object storage, each in one sentence without a secret.

A failure of one object is an OSError, as with a file: the run reports the object and continues. A
failure of the storage as a whole (no package, no credentials, no answer) is a FolderError: every
other object would fail too, so an indexing run ends with it and keeps the committed files.

The exceptions of the clients are recognized by name, so that no client is imported here.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from tui.core.errors import FolderError

if TYPE_CHECKING:
    from tui.storage.objects.address import ObjectAddress

MISSING = "it does not exist"

_FORBIDDEN = "access denied; check the permissions of your credentials"
_ARCHIVED = "it is archived; restore it first"
_UNTOLD = "credentials are missing; set {variables}"
_REFUSED = "the server rejects your credentials; renew them"
_SILENT = "the endpoint does not respond; check the network{variables}"
_NO_BUCKET = "the bucket does not exist; check its name"
_ELSEWHERE = "the bucket is in another region; set AWS_REGION"

_BY_CODE = {
    **dict.fromkeys(
        ("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken"), _REFUSED
    ),
    **dict.fromkeys(("TokenRefreshRequired", "InvalidSecurity"), _REFUSED),
    "RequestTimeTooSkewed": "this machine's clock is wrong; set it",
    **dict.fromkeys(("PermanentRedirect", "301", "AuthorizationHeaderMalformed"), _ELSEWHERE),
    "IllegalLocationConstraintException": _ELSEWHERE,
    **dict.fromkeys(("NoSuchBucket", "InvalidBucketName"), _NO_BUCKET),
    **dict.fromkeys(("SlowDown", "ServiceUnavailable", "503"), "it is overloaded; try again later"),
}
"""Error codes of S3 that affect more than one object."""

_BY_NAME = {
    **dict.fromkeys(("NoCredentialsError", "PartialCredentialsError"), _UNTOLD),
    **dict.fromkeys(("CredentialRetrievalError", "DefaultCredentialsError"), _UNTOLD),
    **dict.fromkeys(("SSOError", "TokenRetrievalError", "UnauthorizedSSOTokenError"), _REFUSED),
    **dict.fromkeys(("AuthenticationException", "ClientAuthenticationError"), _REFUSED),
    "ProfileNotFound": "the profile does not exist; check AWS_PROFILE",
    "ParamValidationError": _NO_BUCKET,
    "SSLError": "the certificate is not trusted; check AWS_ENDPOINT_URL and AWS_CA_BUNDLE",
    **dict.fromkeys(("EndpointConnectionError", "ConnectTimeoutError", "HTTPClientError"), _SILENT),
    **dict.fromkeys(("ConnectionClosedError", "FSTimeoutError", "ClientPayloadError"), _SILENT),
    **dict.fromkeys(("ClientConnectionError", "ConnectionError", "TimeoutError"), _SILENT),
    "InvalidEndpointError": "AWS_ENDPOINT_URL is not a valid address",
}


def storage_error(error: Exception, address: ObjectAddress) -> Exception:
    """Return the exception that replaces a client's.

    Args:
        error: the client's exception.
        address: the requested object or prefix.
    """
    if isinstance(error, ImportError):
        return FolderError(f"{address} needs a missing package: {_package(error, address)}.")
    if isinstance(error, ValueError) and "rotocol not known" in str(error):
        return FolderError(f"{address} can't be read: unknown protocol {address.protocol}://.")
    code = _code_of(error)
    concerns_all = _BY_CODE.get(code) or next(
        (_BY_NAME[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in _BY_NAME), None
    )
    if concerns_all is not None:
        return FolderError(f"{address.root} can't be read: {_filled(concerns_all, address)}.")
    return _of_one(error, code)


def _of_one(error: Exception, code: str) -> OSError:
    """Return the exception of one object."""
    if isinstance(error, FileNotFoundError):
        return FileNotFoundError(errno.ENOENT, MISSING)
    if isinstance(error, PermissionError):
        archived = code == "InvalidObjectState"
        return PermissionError(errno.EACCES, _ARCHIVED if archived else _FORBIDDEN)
    # The machine's own error, such as a full disk.
    if isinstance(error, OSError) and error.strerror and not code:
        return error
    return OSError(errno.EIO, f"the storage rejected the request ({code or type(error).__name__})")


def _code_of(error: Exception) -> str:
    """Return S3's error code, empty if there is none; s3fs has the answer as the cause."""
    for one in (error, error.__cause__):
        response = getattr(one, "response", None)
        if isinstance(response, dict):
            return str(response.get("Error", {}).get("Code", ""))
    return ""


def _filled(sentence: str, address: ObjectAddress) -> str:
    is_s3 = address.protocol in ("s3", "s3a")
    if sentence is _UNTOLD:
        keys = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
        return sentence.format(variables=keys if is_s3 else "the variables of its client")
    return sentence.format(variables=" and AWS_ENDPOINT_URL" if is_s3 else "")


def _package(error: ImportError, address: ObjectAddress) -> str:
    if address.protocol in ("s3", "s3a"):
        return "pip install 'photoseek[s3]'"
    return (str(error).strip().splitlines() or ["install its fsspec package"])[0].rstrip(".")
