package org.quintet.benchmarks.peers;

import org.quintet.CompileOptions;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.Session;
import org.quintet.Weights;
import org.quintet.benchmarks.Subject;

/** Quintet itself, in EXACT. */
final class QuintetPeer implements Peer {
  private final Model model;
  private final Session session;

  QuintetPeer(Network network, Weights weights, int batch, int threads) {
    model = network.compile(weights, CompileOptions.defaults().threads(threads).batch(batch).heads(Subject.mainHead(network)));
    session = model.session();
    Subject.fill(session.input());
  }

  @Override
  public void run() {
    session.run();
  }

  @Override
  public float[] logits() {
    run();
    float[] logits = new float[session.output().remaining()];
    session.output().get(logits);
    return logits;
  }

  @Override
  public void close() {
    model.close();
  }
}
