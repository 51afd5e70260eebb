/** A burst of changes is answered by one new look. */
const GATHER_MS = 300;

/**
 * Look at a tenant's games now, and again whenever one of them opens, closes or changes.
 * @param {import("./client.js").WheelhouseClient} client
 * @param {{look: (snapshot: any) => void, anew: boolean, event?: (name: string, data: any) => void}} page `look`: with the
 *   tenant's snapshot; `anew`: whether each look needs a new snapshot; `event`: told of what is no change of a game
 */
export function followTenant(client, { look, anew, event = () => {} }) {
  let gathering = 0;
  let leave = () => {};
  const again = anew ? follow : () => look(null);

  function follow() {
    leave();
    leave = client.subscribe("tenant", {
      snapshot: look,
      event: (name, data) => {
        if (!name.startsWith("game.")) return event(name, data);
        clearTimeout(gathering);
        gathering = setTimeout(again, GATHER_MS);
      },
    });
  }
  follow();
}
