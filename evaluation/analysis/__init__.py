"""The whole analysis: judgements in, one document out. See docs/analysis-schema.md."""
