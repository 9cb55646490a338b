// The reference page of the OGC API, drawn from its OpenAPI document.
const reference = document.getElementById("reference");
SwaggerUIBundle({ url: reference.dataset.url, domNode: reference, deepLinking: true });
