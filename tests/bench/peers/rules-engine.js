// SPDX-License-Identifier: EUPL-1.2
// The job (bench-load.c) given to json-rules-engine: two rules over facts, one engine, each observation run through it in order. State
// (raised or not) is a fact, since the engine has none.
"use strict";
const net = require("net");
const { Engine } = require("json-rules-engine");

const engine = new Engine([
  {
    conditions: { all: [{ fact: "raised", operator: "equal", value: false }, { fact: "v", operator: "lessThan", value: 20 }] },
    event: { type: "raised" },
  },
  {
    conditions: { all: [{ fact: "raised", operator: "equal", value: true }, { fact: "v", operator: "greaterThan", value: 30 }] },
    event: { type: "returned" },
  },
]);
const states = new Map();

async function observe(line, socket) {
  const o = JSON.parse(line);
  const { events } = await engine.run({ v: o.v, raised: states.get(o.id) === true });
  for (const event of events) {
    states.set(o.id, event.type === "raised");
    socket.write(`{"asset":"${o.id}","to":"${event.type}","t":${o.t}}\n`);
  }
}

const server = net.createServer({ noDelay: true }, (socket) => {
  let rest = "";
  socket.setEncoding("utf8");
  (async () => {
    for await (const text of socket) {
      const lines = (rest + text).split("\n");
      rest = lines.pop();
      for (const line of lines) await observe(line, socket);
    }
    process.exit(0);
  })();
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
