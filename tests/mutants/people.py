"""The guards of the sign-in, of sessions, forms and tokens, how each is taken away, and where its loss must show."""

from tests.mutants.table import Mutant

PEOPLE_FILES = "shared/people/"
SIGN_IN = ("tests/sign_in/test_signing_in.py",)
SESSIONS = ("tests/sign_in/test_sessions.py",)
FORMS = ("tests/sign_in/test_forms.py",)
TOKENS = ("tests/sign_in/test_tokens.py",)

PEOPLE = (
    Mutant(
        "the answer belongs to this attempt",
        PEOPLE_FILES + "provider.py",
        'if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), attempt.nonce.encode()):',
        "if False:",
        SIGN_IN,
    ),
    Mutant(
        "a code needs its proof",
        PEOPLE_FILES + "provider.py",
        '            code_challenge_method="S256",\n',
        "",
        SIGN_IN,
    ),
    Mutant(
        "the state is the one that was sent",
        PEOPLE_FILES + "attempts.py",
        'content is None or content["state"] != state',
        "content is None",
        SIGN_IN,
    ),
    Mutant(
        "two tabs do not meet",
        PEOPLE_FILES + "attempts.py",
        "_TOLD_APART: Final = 12",
        "_TOLD_APART: Final = 0",
        SIGN_IN,
    ),
    Mutant(
        "nobody is led elsewhere",
        PEOPLE_FILES + "ways.py",
        '"//" in text.partition("?")[0]',
        "False",
        SIGN_IN,
    ),
    Mutant(
        "sign-in is tried so often and no more",
        PEOPLE_FILES + "signin.py",
        "        self._not_too_often(request)\n",
        "",
        SIGN_IN,
    ),
    Mutant(
        "failures are counted",
        PEOPLE_FILES + "signin.py",
        "        self._pace.missed(request)\n",
        "",
        SIGN_IN,
    ),
    Mutant(
        "a session is hidden from scripts",
        PEOPLE_FILES + "session.py",
        "            httponly=True,\n",
        "",
        SIGN_IN,
    ),
    Mutant(
        "a session ends after a working day",
        PEOPLE_FILES + "session.py",
        "min(IDLE_SECONDS, session.began + WHOLE_SECONDS - self._seal.clock())",
        "IDLE_SECONDS",
        SESSIONS,
    ),
    Mutant(
        "what is sealed ends",
        PEOPLE_FILES + "sealing.py",
        ' or claims.get("exp", 0) + late < self.clock()',
        "",
        SESSIONS,
    ),
    Mutant(
        "what is sealed opens for its purpose alone",
        PEOPLE_FILES + "sealing.py",
        'claims.get("for") != purpose or ',
        "",
        SESSIONS,
    ),
    Mutant(
        "a cookie sends forms alone",
        PEOPLE_FILES + "doors.py",
        "        if not _is_form(request):\n            # What",
        "        if False:\n            # What",
        SESSIONS,
    ),
    Mutant(
        "a form is of our page and this session",
        PEOPLE_FILES + "doors.py",
        "if not self.forms.sound(session.id, (await request.form()).get(FIELD)):",
        "if False:",
        FORMS,
    ),
    Mutant(
        "a form's field is of its session",
        PEOPLE_FILES + "forms.py",
        r'f"form\0{session_id}\0{name}"',
        r'f"form\0{name}"',
        FORMS,
    ),
    Mutant(
        "a late form that is not ours is not kept",
        PEOPLE_FILES + "doors.py",
        "if not self.forms.sound(ended.id, (await request.form()).get(FIELD)):",
        "if False:",
        FORMS,
    ),
    Mutant(
        "a late form is its sender's",
        PEOPLE_FILES + "drafts.py",
        'content is not None and content["whose"] == person.subject',
        "content is not None",
        FORMS,
    ),
    Mutant(
        "all showings of a late form act once",
        PEOPLE_FILES + "forms.py",
        "name = name or secrets",
        "name = secrets",
        FORMS,
    ),
    Mutant(
        "signatures by the provider alone",
        PEOPLE_FILES + "tokens.py",
        'ALGORITHMS: Final = ["RS256", "PS256", "ES256"]',
        'ALGORITHMS: Final = ["RS256", "PS256", "ES256", "HS256", "none"]',
        TOKENS,
    ),
    Mutant(
        "a token's claims are weighed",
        PEOPLE_FILES + "tokens.py",
        "            self._claims.validate(read.claims)\n",
        "",
        TOKENS,
    ),
    Mutant(
        "a token is for us",
        PEOPLE_FILES + "tokens.py",
        '            aud={"essential": True, "value": audience},\n',
        "",
        TOKENS,
    ),
    Mutant(
        "a token is our provider's",
        PEOPLE_FILES + "tokens.py",
        '            iss={"essential": True, "value": issuer},\n',
        "",
        TOKENS,
    ),
    Mutant(
        "a token ends",
        PEOPLE_FILES + "tokens.py",
        '            exp={"essential": True},\n',
        "",
        TOKENS,
    ),
    Mutant(
        "a token has a length",
        PEOPLE_FILES + "tokens.py",
        "        if len(token) > LONGEST:\n",
        "        if False:\n",
        TOKENS,
    ),
    Mutant(
        "the provider is not asked again and again",
        PEOPLE_FILES + "tokens.py",
        "                if self._due(self._knows(key_id)):\n",
        "                if True:\n",
        TOKENS,
    ),
    Mutant(
        "an unknown key is looked for soon",
        PEOPLE_FILES + "tokens.py",
        "(_FRESH_SECONDS if known else _AGAIN_SECONDS)",
        "_FRESH_SECONDS",
        TOKENS,
    ),
    Mutant(
        "whose key is known waits for nobody",
        PEOPLE_FILES + "tokens.py",
        "(self._due(known) and not self._asking.locked())",
        "self._due(known)",
        TOKENS,
    ),
)
