"""Kafka's address in one line: its two forms, what a client is given, and that no error quotes a password."""

import ssl
from pathlib import Path

import pytest
from faststream.security import SASLScram512

from shared.kafka import KafkaAddressError, broker, client, read
from tools.deploy.certificates import authority, issue

SECRET = "p:w/@?&%#1"
ENCODED = "p%3Aw%2F%40%3F%26%25%231"


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    path = tmp_path / "ca"
    path.write_bytes(authority().certificate)
    return path


def test_a_trusted_networks_address_is_hosts_and_ports_alone() -> None:
    assert client("kafka-1:9092, kafka-2:9092") == {"bootstrap_servers": ["kafka-1:9092", "kafka-2:9092"]}


def test_a_user_comes_over_tls_by_scram_and_any_sign_may_stand_in_a_password(ca: Path) -> None:
    given = client(f"kafkas://intake:{ENCODED}@kafka-1:9093,kafka-2:9093?ca={ca}")
    assert given["bootstrap_servers"] == ["kafka-1:9093", "kafka-2:9093"]
    assert given["security_protocol"] == "SASL_SSL"
    assert given["sasl_mechanism"] == "SCRAM-SHA-512"
    assert (given["sasl_plain_username"], given["sasl_plain_password"]) == ("intake", SECRET)


def test_the_broker_must_show_a_certificate_of_the_named_authority_and_its_own_name(ca: Path) -> None:
    context = client(f"kafkas://intake:x@kafka:9093?ca={ca}")["ssl_context"]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert len(context.get_ca_certs()) == 1


def test_without_an_authority_those_of_this_machine_are_trusted() -> None:
    context = client("kafkas://intake:x@kafka:9093")["ssl_context"]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_who_has_a_certificate_needs_no_password(ca: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.write_bytes(issue(authority(), "antar-administrator").together)
    given = client(f"kafkas://kafka:9094?ca={ca}&certificate={own}")
    assert given["security_protocol"] == "SSL"
    assert "sasl_mechanism" not in given


def test_faststreams_broker_says_its_name_over_tls_only(ca: Path) -> None:
    security = broker(f"kafkas://intake:{ENCODED}@kafka:9093?ca={ca}", "intake").specification.security
    assert isinstance(security, SASLScram512)
    assert security.use_ssl
    assert (security.username, security.password) == ("intake", SECRET)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "kafka",
        "kafka:",
        "kafka:x",
        "kafka:0",
        "kafka:65536",
        ":9092",
        "kafka:9092,",
        "kafkas://",
        f"kafka://intake:{ENCODED}@kafka:9093",
        f"kafkas://intake:{ENCODED}@kafka",
        f"kafkas://intake:{ENCODED}@kafka:9093/topic",
        f"kafkas://:{ENCODED}@kafka:9093",
        "kafkas://intake@kafka:9093",
        f"kafkas://intake:{ENCODED}@kafka:9093?ca=/nowhere/{ENCODED}/ca",
        f"kafkas://intake:{ENCODED}@kafka:9093?certificate=/nowhere/own",
        f"kafkas://intake:{ENCODED}@kafka:9093?sasl={ENCODED}",
        f"kafkas://intake:{ENCODED}@kafka:9093#{ENCODED}",
        # As somebody writes it who did not know that it must be percent-encoded.
        f"kafkas://intake:{SECRET}@kafka:9093",
        "kafkas://intake:p[w@kafka:9093",
        "kafkas://intake:p]w@kafka:9093",
        "kafkas://intake:p#w@kafka:9093",
        "kafkas://intake:p?w=1@kafka:9093",
        "kafkas://intake:p/w@kafka:9093",
    ],
)
def test_what_is_of_another_form_is_refused_without_a_word_of_it(address: str) -> None:
    with pytest.raises(KafkaAddressError) as refused:
        read(address)
    told: BaseException | None = refused.value
    while told is not None:  # a traceback would show what stands behind it, too
        assert not any(word in str(told) for word in ("p:w", "p%3A", "p[w", "p]w", "p#w", "p?w", "w=1", "'w"))
        told = told.__cause__ or (None if told.__suppress_context__ else told.__context__)


def test_no_address_is_shown_where_it_is_only_looked_at(ca: Path) -> None:
    assert SECRET not in repr(read(f"kafkas://intake:{ENCODED}@kafka:9093?ca={ca}"))
