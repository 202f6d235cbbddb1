/** The web app's entry: a placeholder until the real one arrives. */
import { createRoot } from "react-dom/client";

const root = document.getElementById("root");
if (root !== null) createRoot(root).render(<h1>Parley</h1>);
