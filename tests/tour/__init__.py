"""The pictures of docs/tour.md, taken of a seeded playground: `make tour`."""
