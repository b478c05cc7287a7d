"""--lang says in which language a command speaks; it may stand before or behind the command."""

from __future__ import annotations

import pytest

from autograder.cli.main import main
from autograder.words.catalogue import language


@pytest.mark.parametrize("arguments", [["--lang", "de", "--help"], ["--help", "--lang=de"]])
def test_help_speaks_the_language(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    assert "Sprache aller Meldungen" in capsys.readouterr().out
    assert language() == "en"


def test_an_unknown_language_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--lang", "xx"])
    assert ended.value.code == 2
    assert "unknown language 'xx'; use one of: de, en" in capsys.readouterr().err
