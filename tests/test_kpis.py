"""KPIs: agreed on, recorded, seen by the two they concern; the rules behind the numbers."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import storage
from bot.care.kpis import (
    CAP,
    FEWEST,
    MOST,
    TEMPLATES,
    Cadence,
    Direction,
    Kind,
    KpiReadingRow,
    KpiRow,
    Trend,
    attainment,
    course,
    number,
    period,
    periods,
    standing,
    trend,
)
from bot.language import speaking
from bot.words import templates
from tests.conftest import Town
from tests.demo_driver import Card, Form

TODAY = date(2026, 11, 23)
VALUES = st.floats(0, 1e6)
TARGETS = st.floats(0.01, 1e6)


# -- conversations -----------------------------------------------------------------------------------------


async def fill_kpi(form: Form, name: str = "Reports rebuilt", unit: str = "reports", target: str = "4") -> Form:
    form.fill("Name", name)
    form.fill("Unit", unit)
    form.fill("Target", target)
    return await form.submit()


async def agree(town: Town, **more: str) -> Card:
    """Mo adds a KPI for Ana and sees it."""
    mo = town.person("mo")
    await mo.commands("kpis @ana")
    await (await mo.sees("KPIs: where the work stands")).tap("Add a KPI")
    assert (await fill_kpi(await mo.form(), **more)).errors == {}
    await town.settle()
    return await mo.sees(more.get("name", "Reports rebuilt"))


async def test_a_manager_defines_a_kpi_records_a_reading_and_sees_where_it_stands(town: Town) -> None:
    await town.engage()
    card = await agree(town)
    assert "at least 4 reports, every month" in card.text
    assert "no reading yet" in card.text
    assert "0%" not in card.text.replace("100%", "").replace("150%", "")
    mo = town.person("mo")
    await card.tap("Record readings")
    form = await mo.form("Record readings")
    form.fill("Reports rebuilt (reports)", "3")
    assert (await form.submit()).errors == {}
    card = await mo.sees("Recorded 1 reading for Nov 23, 2026")
    assert "3 reports on Nov 23, 2026, recorded by Mo Haddad" in card.text
    assert "75% of target" in card.text
    print(card.text, card.buttons)
