/* Text size and light or dark: the buttons are a plain form; with scripts the page changes at once, without a reload. */
(function () {
  "use strict";

  function apply(form, button) {
    var root = document.documentElement;
    if (button.name === "text") {
      root.setAttribute("data-text", button.value);
    } else {
      root.setAttribute("data-bs-theme", button.value);
    }
    document.querySelectorAll("[data-appearance] button[name='" + button.name + "']").forEach(function (other) {
      other.setAttribute("aria-pressed", other.value === button.value ? "true" : "false");
    });
    document.dispatchEvent(new CustomEvent("songhe:appearance"));
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-appearance] button[type='submit']");
    if (!button) {
      return;
    }
    var form = button.form;
    event.preventDefault();
    apply(form, button);
    var data = new FormData(form);
    data.set(button.name, button.value);
    fetch(form.action, { method: "POST", body: data, credentials: "same-origin", redirect: "manual" });
  });
})();
