// SPDX-License-Identifier: EUPL-1.2
// The job (bench-load.c) as one would write it by hand for Node: lines in, a Map of states, lines out. Not a peer; a yardstick.
"use strict";
const net = require("net");
const states = new Map();

function observe(line, out) {
  const o = JSON.parse(line);
  const raised = states.get(o.id) === true;
  if (!raised && o.v < 20) {
    states.set(o.id, true);
    out.push(`{"asset":"${o.id}","to":"raised","t":${o.t}}\n`);
  } else if (raised && o.v > 30) {
    states.set(o.id, false);
    out.push(`{"asset":"${o.id}","to":"returned","t":${o.t}}\n`);
  }
}

const server = net.createServer({ noDelay: true }, (socket) => {
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("data", (text) => {
    const lines = (rest + text).split("\n");
    const out = [];
    rest = lines.pop();
    for (const line of lines) observe(line, out);
    if (out.length > 0) socket.write(out.join(""));
  });
  socket.on("close", () => process.exit(0));
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
