"""Services to learn from; none of them is started unless somebody asks for it."""
