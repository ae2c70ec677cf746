"""The table of what runs on which chat says what the tests do."""

from tests.features import PAGE, page


def test_the_table_of_features_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run `python -m tests.features`"
