/* The picked cell of a statistics table keeps its ring while its people are fetched below. */
(function () {
  "use strict";

  document.addEventListener("htmx:beforeRequest", function (event) {
    var cell = event.target.closest ? event.target.closest("table.st td") : null;
    if (!cell) {
      return;
    }
    var picked = cell.closest("table").querySelectorAll("td.pick");
    for (var i = 0; i < picked.length; i += 1) {
      picked[i].classList.remove("pick");
      picked[i].querySelector("a").removeAttribute("aria-current");
    }
    cell.classList.add("pick");
    cell.querySelector("a").setAttribute("aria-current", "true");
  });

  document.addEventListener("htmx:afterSwap", function (event) {
    if (event.target.id !== "people") {
      return;
    }
    /* the names may lie below the fold: bring them into sight, for the eye and for the screen reader */
    var still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    event.target.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "nearest" });
    var heading = event.target.querySelector("h2");
    if (heading) {
      heading.setAttribute("tabindex", "-1");
      heading.focus({ preventScroll: true });
    }
  });
})();
