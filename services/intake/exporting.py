"""All that is held of a person, in one document for that person."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import asyncpg

from services.intake.filework import about_row
from services.intake.seen import about_correction
from services.intake.store import cases
from services.intake.store import rights as store
from services.intake.vault import Vault
from shared.messaging.transaction import Connection
from shared.sentence import Sentence

_LEFT_OUT: Final = frozenset(
    {"person_hash", "household_id", "identity_sealed", "source_fingerprint", "revision", "suket_told", "revised_by"}
)
"""Columns that say nothing in words: hashes, seals and counters of ours. Officers are named by role, below."""

_AT_ONCE: Final = Sentence("Sampai data dihapus di sini, lalu dalam hitungan detik.")

HELD_ELSEWHERE: Final = (
    (
        Sentence("Pengantaran (dispatch)"),
        Sentence("Nama pendek, NIK tersamar, telepon, alamat, patokan, RT; riwayat serah terima dokumen."),
        _AT_ONCE,
    ),
    (
        Sentence("Pemberitahuan (notify)"),
        Sentence("Kode lacak, telepon, surel; kapan pesan apa dikirim, tanpa isi pesannya."),
        _AT_ONCE,
    ),
    (
        Sentence("Pencetakan (printing)"),
        Sentence("Nomor permohonan dan nomor seri blangko; tanpa nama, NIK, atau alamat."),
        Sentence("Tetap."),
    ),
    (
        Sentence("Penyalur pesan (SMS, surel)"),
        Sentence("Nomor atau alamat tujuan dan isi pesan yang dikirim."),
        Sentence("Menurut aturan penyalur."),
    ),
    (
        Sentence("Topik intake.recipient.v1"),
        Sentence("Nama, NIK tersamar, telepon, surel, alamat; hanya dibaca pengantaran dan pemberitahuan."),
        Sentence("Nilai lama hilang sehari sesudah dihapus, pada catatan berikutnya di bagian yang sama."),
    ),
    (
        Sentence("Cadangan basis data"),
        Sentence("Salinan seluruh isi layanan ini."),
        Sentence("Menurut jadwal cadangan kota."),
    ),
)
"""Who else holds what, and for how long."""


async def everything_of(conn: Connection, vault: Vault, rows: Sequence[asyncpg.Record]) -> dict[str, Any]:
    """What is held of the person of these applications, the latest first; keys in Bahasa, since it is for them."""
    ids = [row["id"] for row in rows]
    return {
        "dibuat": datetime.now(UTC),
        "permohonan": [await _application(conn, vault, row) for row in rows],
        "baris_berkas_yang_ditolak": [
            {
                "berkas": found["name"],
                "dikirim": found["started_at"],
                "baris": found["row_number"],
                "isi": json.loads(
                    vault.open(about_row(found["import_id"], found["row_number"]), found["written_sealed"])
                ),
                "keterangan": found["sentence"],
            }
            for found in await store.refused_of(conn, rows[0]["person_hash"])
        ],
        "siapa_yang_melihat_atau_mengubah": [
            {"waktu": entry["at"], "peran": entry["roles"], "perbuatan": entry["what"], "permohonan": entry["record"]}
            for entry in await store.accesses(conn, ids)
        ],
        "juga_ada_di": [
            {"di": where, "apa": what, "sampai_kapan": until} for where, what, until in HELD_ELSEWHERE
        ],
    }  # fmt: skip


async def _application(conn: Connection, vault: Vault, row: asyncpg.Record) -> dict[str, Any]:
    identity = vault.unseal(row["id"], row["identity_sealed"]) if row["identity_sealed"] else None
    return {
        **{name: value for name, value in row.items() if name not in _LEFT_OUT},
        "identitas": identity._asdict() if identity else None,
        "koreksi": [_correction(vault, correction) for correction in await cases.corrections(conn, row["id"])],
        "langkah": [
            {"waktu": s["at"], "langkah": s["act"], "kode": s["codes"]} for s in await cases.steps(conn, row["id"])
        ],
        "kata_pusat": [dict(word) for word in await cases.words(conn, row["id"])],
    }


def _correction(vault: Vault, row: asyncpg.Record) -> dict[str, Any]:
    sealed = row["changed_sealed"]
    about = about_correction(row["application_id"], row["revision"] or 0)
    changed = json.loads(vault.open(about, sealed)) if sealed else None
    return {"waktu": row["at"], "kolom": row["fields"], "sebab": row["why"], "sebelum_dan_sesudah": changed}
