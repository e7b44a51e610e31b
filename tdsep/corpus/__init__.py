"""Texts in files: documents with names and, where they are known, labels."""

from tdsep.corpus.corpus import Corpus
from tdsep.corpus.read import JSON_LINES, read_corpus
from tdsep.corpus.tokenizer import split_by_command
from tdsep.corpus.words import read_words

__all__ = ["JSON_LINES", "Corpus", "read_corpus", "read_words", "split_by_command"]
