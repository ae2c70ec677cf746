"""Blockers, from one tap of a contractor to whoever gets them moving."""


from tests.conftest import Town


async def test_a_guest_reports_by_a_word_and_a_tap_and_nothing_typed_is_lost(town: Town) -> None:
    await town.engage()
    ana = town.person("ana")
    await ana.says("blocker No access to *staging*, again & <again>")
    offer = await ana.sees("I kept your words: No access to *staging*, again & <again>")
    await offer.tap("Report it")
    form = await ana.form("Report a blocker")
    assert form.value("What stops you?") == "No access to *staging*, again & <again>"
    form.fill("What would get you moving?", "An account")
    await form.submit()
    print(form.errors)
    await town.settle()
    for c in ana.cards(): print("ANA-----\n", c.text)
    await town.until("2026-11-23 09:00", "America/Chicago")
    for n in ("ana", "mo"):
        for c in town.person(n).cards(): print(n, "-----\n", c.text)
    mo = town.person("mo")
    card = await mo.sees("Somebody is stuck")
    await town.until("2026-11-23 13:00", "America/Chicago")
    for n in ("ana", "mo"):
        for c in town.person(n).cards(): print(n, "-----\n", c.text)
    for c in town.channel("care").cards(): print("care -----\n", c.text)
    await card.tap("I am on it")
    await town.settle()
    for n in ("ana", "mo"):
        for c in town.person(n).cards(): print(n, "-----\n", c.text)
    for c in town.channel("care").cards(): print("care -----\n", c.text)
    print(await town.ledger())
