//! Elbow of a falling curve.

/// Index of the elbow of a falling convex curve, by the kneedle method.
///
/// Both axes are scaled to 0..1; the elbow is the point furthest below the straight line from the first to
/// the last point; ties go to the first.
///
/// Shape: none for fewer than three points, for a curve that does not fall, and if no point is below the
/// line.
/// Source: Satopaa, Albrecht, Irwin & Raghavan (2011), offline, without smoothing: a curve over a few
/// cluster counts has no noise to smooth.
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
