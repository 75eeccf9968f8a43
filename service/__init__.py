"""What a person does here: sessions, questions, jobs, consent, over one library. Knows no page and no terminal."""
