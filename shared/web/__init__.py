"""Pages as every service offers them: one frame, one stylesheet, no script needed. No domain word in here."""
