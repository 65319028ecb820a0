//! Where a falling curve bends.

/// The index where a falling convex curve bends most: the knee of the kneedle method.
///
/// Both axes are brought to 0..1; the knee is where the curve is furthest below the straight line
/// from its first to its last point, the first of equals.
///
/// Shape: none for fewer than three points, for a curve that does not fall, and where no point is
/// below the line.
/// Source: Satopaa, Albrecht, Irwin & Raghavan (2011), offline, without smoothing: a curve over a
/// handful of counts has no noise to smooth.
pub fn elbow(x: &[f64], y: &[f64]) -> Option<usize> {
    let (first, last) = (y.first()?, y.last()?);
    let (from, to) = (x.first()?, x.last()?);
    if x.len() != y.len() || x.len() < 3 || last >= first || to <= from {
        return None;
    }
    let mut best: Option<(usize, f64)> = None;
    for (at, (x, y)) in x.iter().zip(y).enumerate() {
        let below = (first - y) / (first - last) - (x - from) / (to - from);
        if below > 1e-12 && best.is_none_or(|(_, most)| below > most) {
            best = Some((at, below));
        }
    }
    best.map(|(at, _)| at)
}
