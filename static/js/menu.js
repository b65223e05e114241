/* The main menu on phones. Without scripts the same link jumps to #menu and :target shows it. */
(function () {
  "use strict";

  var toggle = document.querySelector("[data-menu]");
  var menu = document.getElementById("menu");
  if (!toggle || !menu) {
    return;
  }

  function show(open) {
    menu.classList.toggle("open", open);
    toggle.setAttribute("aria-expanded", open ? "true" : "false");
    if (open) {
      var first = menu.querySelector("a, summary");
      if (first) {
        first.focus();
      }
    }
  }

  toggle.setAttribute("aria-controls", "menu");
  toggle.setAttribute("aria-expanded", "false");
  toggle.setAttribute("role", "button");

  toggle.addEventListener("click", function (event) {
    event.preventDefault();
    show(!menu.classList.contains("open"));
  });
  toggle.addEventListener("keydown", function (event) {
    if (event.key === " ") {
      event.preventDefault();
      toggle.click();
    }
  });

  menu.addEventListener("click", function (event) {
    if (event.target.closest("[data-menu-close]")) {
      event.preventDefault();
      show(false);
      toggle.focus();
    }
  });
  menu.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && menu.classList.contains("open")) {
      show(false);
      toggle.focus();
    }
  });
})();
