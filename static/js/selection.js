/* Rows picked in a list: <form data-selection> holds checkboxes [data-pick], the head box [data-pick-all]
   and a bar .bulk whose [data-picked] says how many. Without scripts the bar is always shown. */
(function () {
  "use strict";

  function boxes(form) {
    return Array.prototype.slice.call(form.querySelectorAll("[data-pick]"));
  }

  function refresh(form) {
    var all = boxes(form);
    var picked = all.filter(function (box) {
      return box.checked;
    });
    all.forEach(function (box) {
      var row = box.closest("tr");
      if (row) {
        row.classList.toggle("sel", box.checked);
      }
    });
    form.querySelectorAll("[data-picked]").forEach(function (place) {
      place.textContent = picked.length;
    });
    form.querySelectorAll("[data-pick-all]").forEach(function (head) {
      head.checked = all.length > 0 && picked.length === all.length;
      head.indeterminate = picked.length > 0 && picked.length < all.length;
    });
    form.classList.toggle("none-picked", picked.length === 0);
  }

  document.addEventListener("change", function (event) {
    var form = event.target.closest("[data-selection]");
    if (!form) {
      return;
    }
    if (event.target.matches("[data-pick-all]")) {
      boxes(form).forEach(function (box) {
        box.checked = event.target.checked;
      });
    }
    if (event.target.matches("[data-pick], [data-pick-all]")) {
      refresh(form);
    }
  });

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-pick-none]");
    if (button) {
      var form = button.closest("[data-selection]");
      boxes(form).forEach(function (box) {
        box.checked = false;
      });
      refresh(form);
    }
  });

  function scan(root) {
    root.querySelectorAll("[data-selection]").forEach(refresh);
  }

  scan(document);
  document.addEventListener("htmx:afterSwap", function () {
    scan(document);
  });
})();
