"""pip's settings in uv's words."""

from __future__ import annotations

from pathlib import Path

from botyard.runner.pipsettings import config_files, preparation_environment


def test_pips_variables_are_translated() -> None:
    outer = {
        "PIP_INDEX_URL": "https://mirror.example/simple",
        "PIP_EXTRA_INDEX_URL": "https://a.example/simple\n  https://b.example/simple",
        "PIP_FIND_LINKS": "/wheels /more",
        "PIP_TRUSTED_HOST": "mirror.example",
        "PIP_CERT": "/etc/ca.pem",
    }
    found = preparation_environment(outer, [])
    assert found["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert found["UV_INDEX"] == "https://a.example/simple https://b.example/simple"
    assert found["UV_INDEX_STRATEGY"] == "unsafe-best-match"
    assert found["UV_FIND_LINKS"] == "/wheels,/more"
    assert found["UV_INSECURE_HOST"] == "mirror.example"
    assert found["SSL_CERT_FILE"] == "/etc/ca.pem"


def test_what_is_set_for_uv_itself_wins() -> None:
    outer = {"PIP_INDEX_URL": "https://pip.example", "UV_DEFAULT_INDEX": "https://uv.example", "PIP_CERT": "/a"}
    found = preparation_environment(outer | {"SSL_CERT_FILE": "/b"}, [])
    assert found["UV_DEFAULT_INDEX"] == "https://uv.example"
    assert found["SSL_CERT_FILE"] == "/b"


def test_only_what_concerns_downloads_is_passed_on() -> None:
    outer = {
        "https_proxy": "p",
        "HTTP_PROXY": "q",
        "REQUESTS_CA_BUNDLE": "r",
        "AWS_SECRET_ACCESS_KEY": "s",
        "BOTYARD_TOKEN": "t",
    }
    found = preparation_environment(outer, [])
    assert (found["https_proxy"], found["HTTP_PROXY"], found["REQUESTS_CA_BUNDLE"]) == ("p", "q", "r")
    assert "AWS_SECRET_ACCESS_KEY" not in found
    assert "BOTYARD_TOKEN" not in found
    assert found["UV_PYTHON_DOWNLOADS"] == "never"


def test_a_configuration_file_counts_less_than_a_variable(tmp_path: Path) -> None:
    file = tmp_path / "pip.conf"
    file.write_text(
        "[global]\nindex-url = https://file.example\nfind-links =\n    /one\n    /two\n[install]\ntimeout = 7\n"
    )
    found = preparation_environment({}, [tmp_path / "missing.conf", file])
    assert found["UV_DEFAULT_INDEX"] == "https://file.example"
    assert found["UV_FIND_LINKS"] == "/one,/two"
    assert found["UV_HTTP_TIMEOUT"] == "7"
    found = preparation_environment({"PIP_INDEX_URL": "https://variable.example"}, [file])
    assert found["UV_DEFAULT_INDEX"] == "https://variable.example"


def test_a_damaged_configuration_file_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "pip.conf"
    file.write_bytes(b"\xff\xfe not a [configuration")
    assert "UV_DEFAULT_INDEX" not in preparation_environment({}, [file])


def test_files_are_looked_for_where_pip_does(tmp_path: Path) -> None:
    assert config_files({"HOME": str(tmp_path), "PIP_CONFIG_FILE": "/x/pip.conf"})[-2:] == [
        tmp_path / ".config" / "pip" / "pip.conf",
        Path("/x/pip.conf"),
    ]
    assert config_files({"PIP_CONFIG_FILE": "/dev/null"}) == []
