/* Forms: go to the error summary, links that focus the field, no second submit, filters that apply at once. */
(function () {
  "use strict";

  function focusSummary(root) {
    var summary = root.querySelector("[data-error-summary]");
    if (summary) {
      summary.focus();
    }
  }

  /* -- one submit only: the pressed button keeps its width and says what is going on -- */

  function busy(form, button) {
    form.dataset.sent = "1";
    form.setAttribute("aria-busy", "true");
    if (!button) {
      return;
    }
    button.style.minWidth = button.offsetWidth + "px";
    if (button.dataset.busy) {
      button.dataset.label = button.innerHTML;
      button.textContent = button.dataset.busy;
    }
    button.classList.add("working");
    button.setAttribute("aria-disabled", "true");
  }

  function ready(form) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
    form.querySelectorAll(".working").forEach(function (button) {
      if (button.dataset.label) {
        button.innerHTML = button.dataset.label;
        delete button.dataset.label;
      }
      button.classList.remove("working");
      button.removeAttribute("aria-disabled");
      button.style.minWidth = "";
    });
  }

  var pressed = null;

  document.addEventListener("click", function (event) {
    pressed = event.target.closest("button[type='submit'], button:not([type]), input[type='submit']");
    var link = event.target.closest("[data-error-summary] a[href^='#']");
    if (link) {
      var target = document.getElementById(link.getAttribute("href").slice(1));
      if (target) {
        event.preventDefault();
        target.scrollIntoView({ block: "center" });
        target.focus({ preventScroll: true });
      }
    }
  });

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method.toLowerCase() !== "post" || form.hasAttribute("data-resubmit")) {
      return;
    }
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    var button = event.submitter || (pressed && pressed.form === form ? pressed : null);
    /* after the browser has read the form, so that the button's own value is sent as well */
    window.setTimeout(function () {
      if (!event.defaultPrevented || form.hasAttribute("hx-post")) {
        busy(form, button);
      }
    }, 0);
  });

  document.addEventListener("htmx:afterRequest", function (event) {
    var form = event.target.closest && event.target.closest("form");
    if (form) {
      ready(form);
    }
  });

  /* back button: the page comes out of the cache with its buttons still off */
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) {
      document.querySelectorAll("form[data-sent]").forEach(ready);
    }
  });

  /* -- <form data-autosubmit>: a changed choice applies at once; without scripts the button does it -- */

  document.addEventListener("change", function (event) {
    var form = event.target.closest("form[data-autosubmit]");
    if (form && event.target.matches("select, input[type='checkbox'], input[type='radio']")) {
      if (form.requestSubmit) {
        form.requestSubmit();
      } else {
        form.submit();
      }
    }
  });

  focusSummary(document);
  document.addEventListener("htmx:afterSwap", function (event) {
    focusSummary(event.target);
  });
})();
