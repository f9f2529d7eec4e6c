"""The starter models: two small models trained by this project, for trying Copydesk out."""
