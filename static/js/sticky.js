/* The head of a list sticks below the head band wherever the whole table fits its place. */
(function () {
  "use strict";

  function measure() {
    document.querySelectorAll(".tb-wrap").forEach(function (wrap) {
      var table = wrap.querySelector("table");
      if (table) {
        wrap.classList.remove("fits");
        var fits = table.scrollWidth <= wrap.clientWidth + 1;
        wrap.classList.toggle("fits", fits);
        if (fits) {
          wrap.removeAttribute("tabindex");
        } else {
          wrap.setAttribute("tabindex", "0");
        }
      }
    });
  }

  measure();
  window.addEventListener("resize", measure);
  document.addEventListener("songhe:appearance", measure);
  document.addEventListener("htmx:afterSwap", measure);
})();
