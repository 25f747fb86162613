import "htmx.org";
import "./keys.js";
import "./pages.js";
