"""Finds the passage a question is about: word overlap (BM25), meaning (embeddings), or both fused by rank."""

from growloop.retrieval.chunk import passages_from_texts
from growloop.retrieval.index import Index, Kind, build_index, fingerprint, open_index
from growloop.retrieval.quality import RetrievalQuality, gold_passages, measure, mrr, ndcg, recall_at_k

__all__ = [
    "Index",
    "Kind",
    "RetrievalQuality",
    "build_index",
    "fingerprint",
    "gold_passages",
    "measure",
    "mrr",
    "ndcg",
    "open_index",
    "passages_from_texts",
    "recall_at_k",
]
