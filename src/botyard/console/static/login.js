// Some documents of the vendor name the page of a login by the part of the address that a server never sees.
const [, query] = location.hash.split("#/sdk-auth");
if (query !== undefined) location.replace(`${document.body.dataset.login}${query.startsWith("?") ? query : ""}`);
