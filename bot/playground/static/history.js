/** The browser's back and forward buttons walk through the places and threads that were looked at. */

/** Note every place and thread from now on; `knows(place)` says whether the acting person can go there. */
export function keepHistory(store, knows) {
  let travelling = false;

  const note = () => {
    const here = { place: store.place, thread: store.thread };
    const before = history.state;
    if (travelling || !here.place || JSON.stringify(here) === JSON.stringify(before)) return;
    const isSamePlace = JSON.stringify(here.place) === JSON.stringify(before?.place);
    // Closing a thread is no step of its own: going back must not open it again.
    if (!before || (isSamePlace && !here.thread)) history.replaceState(here, "");
    else history.pushState(here, "");
  };

  addEventListener("popstate", ({ state }) => {
    if (!state?.place || !knows(state.place)) return;
    travelling = true;
    store.goTo(state.place);
    if (JSON.stringify(store.thread) !== JSON.stringify(state.thread)) store.openThread(state.thread);
    travelling = false;
  });
  store.on("place", note);
  store.on("thread", note);
}
