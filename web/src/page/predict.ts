/** What a network says at any θ: the page's own forward pass, for moments that the player has left behind. */

import { Chain, Pass } from "../engine/chain";
import type { Matrix, Network } from "../protocol";

/** Predictions of rows of features, at this θ. */
export function predictions(network: Network, theta: Float64Array, { data, columns }: Matrix): Float32Array {
  const chain = new Chain(network);
  const rows = data.length / columns;
  const pass = new Pass(chain, theta, rows);
  pass.values[0].set(data);
  pass.forward(rows, null);
  const said = new Float64Array(rows * chain.scores);
  chain.output.predict(rows, pass.scores, said);
  return Float32Array.from(said);
}
