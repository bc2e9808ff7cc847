import "./style/page.css";
import "./style/answer.css";
import "./style/question.css";
import "./style/sheet.css";
import "./chart/chart.css";
import "./style/dark.css";
import { render } from "preact";
import { App } from "./App";

render(<App />, document.getElementById("app")!);
