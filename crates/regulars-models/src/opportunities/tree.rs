//! Nearest neighbours by k-d tree, without scanning all points.
//!
//! Source: Friedman, Bentley & Finkel (1977): points are split at the median of the coordinate with the
//! widest spread; small groups are scanned. Exact: the distances are those of a full scan. Among points
//! tied at the last distance, the choice depends only on the order of the points.

/// Coordinates of a point; unused ones are 0.
pub(super) type Point = [f64; 4];

/// Minimum number of points to split.
const LEAF: usize = 16;

enum Node {
    Leaf { from: u32, to: u32 },
    Split { axis: u8, at: f64, below: u32, above: u32 },
}

/// Points arranged for search.
pub(super) struct Tree {
    points: Vec<Point>,
    /// Name of each point, in the order of `points`.
    names: Vec<u32>,
    nodes: Vec<Node>,
}

/// Nearest points found so far, ascending by squared distance.
pub(super) struct Nearest {
    most: usize,
    found: Vec<(f64, u32)>,
}

impl Nearest {
    pub(super) fn new(most: usize) -> Self {
        Self { most, found: Vec::with_capacity(most + 1) }
    }

    /// Squared distance that a new point has to beat.
    fn bound(&self) -> f64 {
        if self.found.len() < self.most { f64::INFINITY } else { self.found[self.most - 1].0 }
    }

    fn offer(&mut self, distance: f64, name: u32) {
        let place = self.found.partition_point(|(other, _)| *other <= distance);
        self.found.insert(place, (distance, name));
        self.found.truncate(self.most);
    }

    /// Squared distances and names, nearest first.
    pub(super) fn found(&self) -> &[(f64, u32)] {
        &self.found
    }
}

impl Tree {
    /// Arranges points for search; `names` has one per point.
    pub(super) fn new(points: &[Point], names: &[u32]) -> Self {
        let mut order: Vec<u32> = (0..points.len() as u32).collect();
        let mut nodes = Vec::new();
        halve(points, &mut order, 0, &mut nodes);
        Self {
            points: order.iter().map(|at| points[*at as usize]).collect(),
            names: order.iter().map(|at| names[*at as usize]).collect(),
            nodes,
        }
    }

    /// Fills `nearest` with the points nearest to `wanted`, excluding the one named `except`.
    pub(super) fn search(&self, wanted: &Point, except: u32, nearest: &mut Nearest) {
        nearest.found.clear();
        self.visit(0, wanted, except, nearest);
    }

    fn visit(&self, node: u32, wanted: &Point, except: u32, nearest: &mut Nearest) {
        match &self.nodes[node as usize] {
            Node::Leaf { from, to } => {
                for at in *from as usize..*to as usize {
                    let distance = squared_distance(&self.points[at], wanted);
                    if distance < nearest.bound() && self.names[at] != except {
                        nearest.offer(distance, self.names[at]);
                    }
                }
            }
            Node::Split { axis, at, below, above } => {
                let beyond = wanted[usize::from(*axis)] - at;
                let (first, second) = if beyond < 0.0 { (*below, *above) } else { (*above, *below) };
                self.visit(first, wanted, except, nearest);
                if beyond * beyond < nearest.bound() {
                    self.visit(second, wanted, except, nearest);
                }
            }
        }
    }
}

pub(super) fn squared_distance(one: &Point, other: &Point) -> f64 {
    let [a, b, c, d] = [one[0] - other[0], one[1] - other[1], one[2] - other[2], one[3] - other[3]];
    (a * a + b * b) + (c * c + d * d)
}

/// Adds the node of the points that start at `from`, and those below it; returns its index.
fn halve(points: &[Point], order: &mut [u32], from: usize, nodes: &mut Vec<Node>) -> u32 {
    let number = nodes.len() as u32;
    nodes.push(Node::Leaf { from: from as u32, to: (from + order.len()) as u32 });
    let (axis, width) = widest(points, order);
    if order.len() <= LEAF || width <= 0.0 {
        return number;
    }
    let middle = order.len() / 2;
    let coordinate = |at: u32| points[at as usize][axis];
    order.select_nth_unstable_by(middle, |a, b| coordinate(*a).total_cmp(&coordinate(*b)).then(a.cmp(b)));
    let at = coordinate(order[middle]);
    let (left, right) = order.split_at_mut(middle);
    let below = halve(points, left, from, nodes);
    let above = halve(points, right, from + middle, nodes);
    nodes[number as usize] = Node::Split { axis: axis as u8, at, below, above };
    number
}

/// Coordinate with the widest spread, and that spread.
fn widest(points: &[Point], order: &[u32]) -> (usize, f64) {
    let (mut low, mut high) = ([f64::INFINITY; 4], [f64::NEG_INFINITY; 4]);
    for at in order {
        for (axis, value) in points[*at as usize].iter().enumerate() {
            low[axis] = low[axis].min(*value);
            high[axis] = high[axis].max(*value);
        }
    }
    let widths = std::array::from_fn::<f64, 4, _>(|axis| high[axis] - low[axis]);
    let axis = (1..4).fold(0, |best, axis| if widths[axis] > widths[best] { axis } else { best });
    (axis, widths[axis])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn distances(points: &[Point], wanted: &Point, except: u32, most: usize) -> Vec<f64> {
        let others = points.iter().enumerate().filter(|(at, _)| *at as u32 != except);
        let mut all: Vec<f64> = others.map(|(_, point)| squared_distance(point, wanted)).collect();
        all.sort_by(f64::total_cmp);
        all.truncate(most);
        all
    }

    proptest! {
        #[test]
        fn finds_what_a_comparison_with_every_point_finds(
            // Few distinct values, so that many points coincide or tie.
            points in prop::collection::vec(prop::array::uniform4(-3_i8..4), 1..200),
            wanted in prop::array::uniform4(-4_i8..5),
            most in 1_usize..40,
            except in 0_u32..250,
        ) {
            let points: Vec<Point> = points.into_iter().map(|point| point.map(f64::from)).collect();
            let names: Vec<u32> = (0..points.len() as u32).collect();
            let wanted = wanted.map(f64::from);
            let mut nearest = Nearest::new(most);
            Tree::new(&points, &names).search(&wanted, except, &mut nearest);
            let found: Vec<f64> = nearest.found().iter().map(|(distance, _)| *distance).collect();
            prop_assert_eq!(found, distances(&points, &wanted, except, most));
            let mut named: Vec<u32> = nearest.found().iter().map(|(_, name)| *name).collect();
            named.sort_unstable();
            named.dedup();
            prop_assert_eq!(named.len(), nearest.found().len());
            prop_assert!(!named.contains(&except));
        }
    }

    #[test]
    fn points_that_coincide_are_one_leaf_and_end_the_search() {
        let points = vec![[1.0; 4]; 1000];
        let names: Vec<u32> = (0..1000).collect();
        let mut nearest = Nearest::new(5);
        Tree::new(&points, &names).search(&[1.0; 4], 3, &mut nearest);
        assert_eq!(nearest.found().iter().map(|(_, name)| *name).collect::<Vec<_>>(), [0, 1, 2, 4, 5]);
    }
}
