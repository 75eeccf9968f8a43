"""Settings come from the environment once, complete, and wrong ones are told in a sentence."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidSetting, UnknownSetting
from core.settings import Settings, ollama_address, ollama_headers, prepare_environment, read_settings, settings_table, variable


def test_defaults_need_no_environment() -> None:
    assert read_settings({"PATH": "/bin"}) == Settings()


def test_values_are_read_with_their_types() -> None:
    read = read_settings(
        {"KAEDAMA_PORT": "8000", "KAEDAMA_LIBRARY": "/tmp/x", "KAEDAMA_MAX_FILE_MB": "1.5", "KAEDAMA_MODEL": " m "}
    )
    assert (read.port, read.library, read.max_file_mb, read.model) == (8000, Path("/tmp/x"), 1.5, "m")


def test_an_unknown_name_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(UnknownSetting, match="Did you mean KAEDAMA_LIBRARY"):
        read_settings({"KAEDAMA_LIBARY": "x"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "0"),
        ("PORT", "70000"),
        ("PRECISION", "int4"),
        ("LIBRARY", " "),
        ("NOTEBOOK", ""),
        ("MAX_FILE_MB", "nan"),
    ],
)
def test_a_value_out_of_range_is_an_error(name: str, value: str) -> None:
    with pytest.raises(InvalidSetting, match=f"KAEDAMA_{name}"):
        read_settings({f"KAEDAMA_{name}": value})


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:11434"),
        ("0.0.0.0:11500", "http://127.0.0.1:11500"),
        ("https://box.local", "https://box.local:443"),
        ("http://box:80/ollama/", "http://box:80/ollama"),
        ("[::1]", "http://[::1]:11434"),
        ("::1", "http://[::1]:11434"),
        ("::", "http://[::1]:11434"),
        ("[::]:11500", "http://[::1]:11500"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ('"127.0.0.1:11500"', "http://127.0.0.1:11500"),
        ("'http://box' ", "http://box:80"),
        (" box ", "http://box:11434"),
        ("http://box", "http://box:80"),
        ("https://box.example/path", "https://box.example:443/path"),
        (":11500", "http://127.0.0.1:11500"),
        ("box:99999", "http://box:11434"),
        ("http://box:none", "http://box:80"),
        ("ollama.com", "https://ollama.com:443"),
        ("http://[bad", "http://[bad:80"),
    ],
)
def test_ollama_addresses_are_understood_as_people_write_them(host: str, url: str) -> None:
    assert ollama_address(host) == url
    assert read_settings({"OLLAMA_HOST": host}).ollama_url == url
    assert read_settings({"KAEDAMA_OLLAMA_URL": host}).ollama_url == url


@given(st.text())
def test_no_ollama_address_is_a_traceback(text: str) -> None:
    settings = read_settings({"OLLAMA_HOST": text, "KAEDAMA_OLLAMA_URL": text})
    assert ollama_headers(settings) == {}


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://ollama.com", True),
        ("http://ollama.com", False),
        ("https://ollama.com.evil.example", False),
        ("http://[bad", False),
    ],
)
def test_the_key_of_ollama_com_is_for_ollama_com_alone(url: str, shown: bool) -> None:
    settings = read_settings({"OLLAMA_API_KEY": "secret", "OLLAMA_HOST": url})
    assert ollama_headers(settings) == ({"Authorization": "Bearer secret"} if shown else {})


KUBERNETES = {
    "KAEDAMA_PORT": "tcp://10.96.0.12:7860",
    "KAEDAMA_SERVICE_HOST": "10.96.0.12",
    "KAEDAMA_SERVICE_PORT": "7860",
    "KAEDAMA_SERVICE_PORT_HTTP": "7860",
    "KAEDAMA_PORT_7860_TCP": "tcp://10.96.0.12:7860",
    "KAEDAMA_PORT_7860_TCP_PROTO": "tcp",
    "KAEDAMA_PORT_7860_TCP_PORT": "7860",
    "KAEDAMA_PORT_7860_TCP_ADDR": "10.96.0.12",
    "KAEDAMA_OLLAMA_SERVICE_HOST": "10.96.0.13",
    "KAEDAMA_OLLAMA_PORT": "tcp://10.96.0.13:11434",
    "KAEDAMA_OLLAMA_PORT_11434_TCP_ADDR": "10.96.0.13",
    "KAEDAMA_NAME": "/page/kaedama",
    "KAEDAMA_ENV_PATH": "/usr/bin",
}


def test_variables_of_a_service_with_the_products_name_are_passed_over() -> None:
    assert read_settings(KUBERNETES) == Settings()


@pytest.mark.parametrize("name", ["KAEDAMA_SERVICE", "KAEDAMA_PORT_HTTP", "KAEDAMA_NAME", "KAEDAMA_SERVICE_HOSTS", "KAEDAMA_ENV"])
def test_a_mistyped_setting_is_no_variable_of_a_service(name: str) -> None:
    with pytest.raises(UnknownSetting, match=name):
        read_settings({name: "x"})


def test_a_port_that_is_neither_number_nor_service_is_refused() -> None:
    with pytest.raises(InvalidSetting, match="KAEDAMA_PORT"):
        read_settings({"KAEDAMA_PORT": "http://x"})


def test_every_setting_has_unit_help_and_a_row() -> None:
    table = settings_table()
    for field in dataclasses.fields(Settings):
        assert field.metadata["unit"]
        assert field.metadata["help"]
        assert f"`{variable(field)}`" in table


def test_hub_look_ups_are_off_unless_a_hub_model_is_asked_for() -> None:
    quiet: dict[str, str] = {}
    prepare_environment(quiet)
    assert quiet["HF_HUB_OFFLINE"] == "1"
    asked = {"KAEDAMA_EMBEDDER": "BAAI/bge-m3", "DO_NOT_TRACK": "0"}
    prepare_environment(asked)
    assert "HF_HUB_OFFLINE" not in asked
    assert asked["DO_NOT_TRACK"] == "0", "what the person has set stays"


def test_only_a_key_given_to_kaedama_is_used_and_it_is_never_printed() -> None:
    assert read_settings({"GEMINI_API_KEY": "a", "GOOGLE_API_KEY": "b"}).gemini_key == "", "it was set for other programs"
    read = read_settings({"GOOGLE_API_KEY": "b", "KAEDAMA_GEMINI_KEY": "secret-key", "KAEDAMA_OPENAI_KEY": "other-key"})
    assert read.gemini_key == "secret-key"
    assert "-key" not in repr(read)


def test_the_hubs_token_is_read_under_its_usual_name_and_never_printed() -> None:
    read = read_settings({"HF_TOKEN": "hf_usual"})
    assert read.hub_token == "hf_usual"
    assert "hf_usual" not in repr(read)
    assert read_settings({"HF_TOKEN": "hf_usual", "KAEDAMA_HUB_TOKEN": "hf_ours"}).hub_token == "hf_ours"
