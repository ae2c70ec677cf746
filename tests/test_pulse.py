"""The weekly pulse, from the first question to what a manager sees."""

from tests.conftest import Town


async def test_a_contractor_answers_by_buttons_and_is_told_who_can_see_it(town: Town) -> None:
    await town.engage()
    ana = town.person("ana")
    await town.until("2026-11-26 14:59", "Europe/Lisbon")
    await ana.does_not_see("Your weekly pulse")
    await town.until("2026-11-26 15:00", "Europe/Lisbon")
    await ana.sees("Hello, I am Contractor Care")
    card = await ana.sees("Your weekly pulse")
    await card.tap("4", under="How was your week, all in all?")
    await town.settle()
    card = await ana.sees("Your weekly pulse")
    assert "✓ 4" in card.buttons
    await card.tap("Submit")
    card = await card.becomes("Thank you, your pulse is in")
    assert "Seen by: Kei Mori" in card.text
    assert "Mo Haddad" not in card.text
