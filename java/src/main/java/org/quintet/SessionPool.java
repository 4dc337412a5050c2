package org.quintet;

import java.util.ArrayDeque;
import java.util.Iterator;

/** Idle sessions of a model, for callers that have none of their own. Thread-safe; the most recently used goes out first. */
final class SessionPool {
  private final Model model;
  private final int capacity;
  private final ArrayDeque<Session> idle = new ArrayDeque<>();

  /** Keeps at most {@code capacity} sessions while nobody uses them. */
  SessionPool(Model model, int capacity) {
    this.model = model;
    this.capacity = capacity;
  }

  /** A session of {@code batch} and the compiled picture size that is the caller's until {@link #giveBack}. */
  Session take(int batch) {
    synchronized (idle) {
      for (Iterator<Session> sessions = idle.iterator(); sessions.hasNext(); ) {
        Session session = sessions.next();
        if (session.batch() == batch) {
          sessions.remove();
          return session;
        }
      }
    }
    return model.session(batch);
  }

  void giveBack(Session session) {
    Session surplus;
    synchronized (idle) {
      idle.addFirst(session);
      surplus = idle.size() > capacity ? idle.removeLast() : null;
    }
    if (surplus != null) {
      surplus.close();
    }
  }
}
