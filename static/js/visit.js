/* The visit page: quick phrases, photos shown before they are sent, and a draft kept on this device.
   The draft holds what was typed and nothing else; it leaves when the visit is saved, and at sign-out (drafts.js). */
(function () {
  "use strict";

  var PREFIX = "songhe-draft:visit:";
  var KEEP_MS = 20 * 3600 * 1000;
  var SHRINK_ABOVE = 3 * 1024 * 1024;
  var LONG_SIDE = 2400;

  function read(key) {
    try {
      return JSON.parse(window.localStorage.getItem(key) || "null");
    } catch (problem) {
      return null;
    }
  }

  function write(key, value) {
    try {
      if (value === null) {
        window.localStorage.removeItem(key);
      } else {
        window.localStorage.setItem(key, JSON.stringify(value));
      }
      return true;
    } catch (problem) {
      return false;
    }
  }

  /* the page that a saved visit leads to: its draft has served */
  var saved = document.querySelector("[data-visit-saved]");
  if (saved) {
    var done = read(PREFIX + saved.dataset.visitSaved);
    if (done && done.sent) {
      write(PREFIX + saved.dataset.visitSaved, null);
    }
    return;
  }

  var form = document.querySelector("[data-visit-form]");
  if (!form) {
    return;
  }
  var keeps = !form.hasAttribute("data-existing");
  var key = PREFIX + form.dataset.reader;
  var note = form.querySelector("[data-draft-note]");
  var FIELDS = ["manner", "occasion", "when", "visited_on", "words", "gift_money", "gifts", "gift_reason", "visitors"];

  /* -- which day -- */

  function showDay() {
    var other = form.querySelector("input[name='when'][value='other']");
    var box = form.querySelector("[data-when-day]");
    if (other && box) {
      box.classList.toggle("open", other.checked);
    }
  }

  /* -- draft -- */

  function value(name) {
    var field = form.elements[name];
    return field ? field.value : "";
  }

  function put(name, text) {
    var field = form.elements[name];
    if (field && text !== undefined) {
      field.value = text;
    }
  }

  function clock(at) {
    var time = new Date(at);
    return ("0" + time.getHours()).slice(-2) + ":" + ("0" + time.getMinutes()).slice(-2);
  }

  function say(text) {
    if (note) {
      note.textContent = text + " · 记完可在 10 分钟内撤回";
    }
  }

  function keep(sent) {
    if (!keeps) {
      return;
    }
    var draft = { at: Date.now(), sent: Boolean(sent), key: value("form_key"), cadre: value("cadre"), fields: {} };
    FIELDS.forEach(function (name) {
      draft.fields[name] = value(name);
    });
    if (write(key, draft)) {
      say("草稿已存 " + clock(draft.at));
    }
  }

  function restore() {
    var draft = read(key);
    if (!draft || form.hasAttribute("data-bound")) {
      return;
    }
    if (Date.now() - draft.at > KEEP_MS) {
      write(key, null);
      return;
    }
    if (/[?&](cadre|occasion)=/.test(window.location.search) && !draft.sent) {
      return; /* opened for somebody in particular: the draft waits */
    }
    FIELDS.forEach(function (name) {
      put(name, draft.fields[name]);
    });
    if (draft.sent) {
      /* its sending may have got through: the same key makes it one visit */
      put("form_key", draft.key);
    }
    var person = document.getElementById("person-" + draft.cadre);
    if (person) {
      person.checked = true;
    }
    var gifts = form.querySelector("details.more");
    if (gifts && (draft.fields.gift_money || draft.fields.gifts)) {
      gifts.open = true;
    }
    say("接着上次的草稿 " + clock(draft.at));
  }

  /* drafts of others who signed in on this device */
  try {
    Object.keys(window.localStorage).forEach(function (name) {
      if (name.indexOf(PREFIX) === 0 && name !== key) {
        window.localStorage.removeItem(name);
      }
    });
  } catch (problem) {
    keeps = false;
  }

  var waiting = null;
  function soon() {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(keep, 400);
  }
  form.addEventListener("input", soon);
  form.addEventListener("change", function () {
    showDay();
    soon();
  });

  /* -- signal -- */

  function signal() {
    document.querySelectorAll("[data-offline]").forEach(function (line) {
      line.hidden = window.navigator.onLine !== false;
    });
  }
  window.addEventListener("online", signal);
  window.addEventListener("offline", signal);

  form.addEventListener("submit", function (event) {
    window.clearTimeout(waiting);
    if (window.navigator.onLine === false) {
      event.preventDefault();
      keep(false);
      signal();
      return;
    }
    keep(true);
  });

  /* -- quick phrases -- */

  form.addEventListener("click", function (event) {
    var button = event.target.closest("[data-phrases] button");
    if (!button) {
      return;
    }
    var box = document.getElementById(button.parentNode.dataset.phrases);
    var text = box.value.replace(/\s+$/, "");
    if (text.indexOf(button.textContent) < 0) {
      box.value = text.replace(/[。，；]?$/, text ? "，" : "") + button.textContent + "。";
    }
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });

  /* -- photos -- */

  var shots = form.querySelector("[data-shots]");
  var picker = shots && shots.querySelector("input[type='file']");
  var shotsNote = form.querySelector("[data-shots-note]");

  function shrink(file) {
    if (file.size <= SHRINK_ABOVE || !window.createImageBitmap || !/^image\/(jpeg|png)$/.test(file.type)) {
      return Promise.resolve(file);
    }
    return window.createImageBitmap(file, { imageOrientation: "from-image" }).then(function (picture) {
      var scale = Math.min(1, LONG_SIDE / Math.max(picture.width, picture.height));
      var canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      return new Promise(function (resolve) {
        canvas.toBlob(function (blob) {
          var small = blob && blob.size < file.size;
          resolve(small ? new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" }) : file);
        }, "image/jpeg", 0.85);
      });
    }).catch(function () {
      return file;
    });
  }

  function show(files) {
    shots.querySelectorAll("figure").forEach(function (old) {
      window.URL.revokeObjectURL(old.firstChild.src);
      old.remove();
    });
    files.forEach(function (file, number) {
      var frame = document.createElement("figure");
      var image = document.createElement("img");
      var caption = document.createElement("figcaption");
      image.alt = "第 " + (number + 1) + " 张照片";
      image.src = window.URL.createObjectURL(file);
      caption.textContent = "待送";
      frame.appendChild(image);
      frame.appendChild(caption);
      shots.appendChild(frame);
    });
  }

  var chosen = [];
  if (picker) {
    picker.addEventListener("change", function () {
      var limit = Number(shots.dataset.limit);
      var fresh = Array.prototype.slice.call(picker.files);
      if (!fresh.length) {
        return;
      }
      var room = Math.max(0, limit - chosen.length);
      shotsNote.textContent = fresh.length > room ? "最多 " + limit + " 张，多选的没有加进来" : "";
      Promise.all(fresh.slice(0, room).map(shrink)).then(function (files) {
        chosen = chosen.concat(files);
        var list = new DataTransfer();
        chosen.forEach(function (file) {
          list.items.add(file);
        });
        picker.files = list.files;
        show(chosen);
      });
    });
  }

  restore();
  showDay();
  signal();
})();
