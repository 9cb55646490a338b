// On a phone the results come first: the choices fold away until somebody wants them.

const facets = document.querySelector(".facets");
if (innerWidth < 960 && !facets.querySelector(".chosen")) facets.open = false;
