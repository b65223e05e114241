/* Runs before the page is painted: tells the style sheets that scripts work. */
document.documentElement.classList.add("js");
