"""A library that is away, or that somebody else changes, while the app is open."""

from __future__ import annotations

from tests.support.app_harness import MODEL_LINE, Eyes, House

AWAY = "The server is away; start it."


async def test_a_server_that_is_away_at_the_start_is_tried_again(full_house: House) -> None:
    full_house.server.away = True
    async with full_house.app().run_test(size=(100, 30), notifications=True) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: eyes.text("#status") == AWAY, "a message")
        assert "tried again by itself" in eyes.text("#empty")
        assert not eyes.app._notifications
        await pilot.press(*"red")
        assert eyes.query.value == "red"
        full_house.server.away = False
        await eyes.ready()
        assert eyes.top.startswith("red")
        assert not eyes.main.query_one("#status").has_class("-problem")
        assert not eyes.app._notifications


async def test_a_server_that_goes_away_leaves_what_is_shown(full_house: House) -> None:
    async with full_house.app().run_test(size=(100, 30), notifications=True) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await eyes.type("blue")
        before = eyes.names
        full_house.server.away = True
        await pilot.press(*["backspace"] * 4, *"red")
        await eyes.until(lambda: eyes.text("#status") == AWAY, "a message")
        await pilot.press("down", "space", "y")
        await eyes.until(lambda: eyes.app.clipboard.endswith(before[0]), "a copied path")
        await pilot.press("enter")
        await eyes.until(lambda: eyes.app.screen is not eyes.main, "the preview")
        await pilot.press("escape")
        await eyes.until(lambda: eyes.app.screen is eyes.main, "the pictures")
        assert (eyes.names, len(eyes.main.marks)) == (before, 1)
        full_house.server.away = False
        await eyes.until(lambda: eyes.text("#status") == MODEL_LINE, "the usual line")
        await eyes.settled()
        assert eyes.top.startswith("red")
        assert len(eyes.app._notifications) == 1  # copied


async def test_what_the_server_refuses_is_not_asked_without_a_pause(full_house: House) -> None:
    async with full_house.app().run_test(size=(100, 30), notifications=True) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        full_house.server.refuses = True
        await pilot.press("r")
        await eyes.until(lambda: full_house.server.refused == 2, "another try")
        await pilot.pause(0.5)
        assert full_house.server.refused == 2
        assert not eyes.app._notifications
        full_house.server.refuses = False


async def test_pictures_that_somebody_else_adds_are_shown(house: House) -> None:
    house.save("red ball.png")
    house.index()
    async with house.app().run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        house.save("red ball.png", "blue ball.png")
        house.index()
        await eyes.until(lambda: len(eyes.names) == 2, "two pictures")
