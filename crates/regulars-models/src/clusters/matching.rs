//! Matches clusters with those of the previous run.

/// Assigns a column to each row of a cost table at the lowest total cost.
///
/// Shape: `costs` has rows of equal length; with more rows than columns some rows stay unmatched. A cost
/// that is NaN or above 1e100 counts as 1e100.
/// Source: Kuhn (1955) and Munkres (1957), by shortest augmenting paths with potentials.
pub(super) fn cheapest_pairs(costs: &[Vec<f64>]) -> Vec<Option<usize>> {
    let (rows, columns) = (costs.len(), costs.first().map_or(0, Vec::len));
    if columns == 0 {
        return vec![None; rows];
    }
    if rows > columns {
        let turned: Vec<Vec<f64>> =
            (0..columns).map(|column| costs.iter().map(|row| row[column]).collect()).collect();
        let mut found = vec![None; rows];
        for (column, row) in cheapest_pairs(&turned).into_iter().enumerate() {
            if let Some(row) = row {
                found[row] = Some(column);
            }
        }
        return found;
    }
    // Row 0 and column 0 stand for "unmatched"; row and column numbers are one higher here.
    let mut of_row = vec![0.0; rows + 1];
    let mut of_column = vec![0.0; columns + 1];
    let mut row_at = vec![0_usize; columns + 1];
    for row in 1..=rows {
        row_at[0] = row;
        let mut shortest = vec![f64::INFINITY; columns + 1];
        let mut came_from = vec![0_usize; columns + 1];
        let mut done = vec![false; columns + 1];
        let mut column = 0;
        while row_at[column] != 0 {
            done[column] = true;
            let (here, mut step, mut next) = (row_at[column], f64::INFINITY, 0);
            for other in 1..=columns {
                if done[other] {
                    continue;
                }
                let length = cost(costs[here - 1][other - 1]) - of_row[here] - of_column[other];
                if length < shortest[other] {
                    shortest[other] = length;
                    came_from[other] = column;
                }
                if shortest[other] < step {
                    step = shortest[other];
                    next = other;
                }
            }
            for other in 0..=columns {
                if done[other] {
                    of_row[row_at[other]] += step;
                    of_column[other] -= step;
                } else {
                    shortest[other] -= step;
                }
            }
            column = next;
        }
        while column != 0 {
            row_at[column] = row_at[came_from[column]];
            column = came_from[column];
        }
    }
    let mut found = vec![None; rows];
    for column in 1..=columns {
        if row_at[column] > 0 {
            found[row_at[column] - 1] = Some(column - 1);
        }
    }
    found
}

fn cost(value: f64) -> f64 {
    if value.is_nan() { 1e100 } else { value.min(1e100) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cheapest_whole_is_found_where_greed_fails() {
        assert_eq!(cheapest_pairs(&[vec![1.0, 2.0], vec![1.0, 9.0]]), [Some(1), Some(0)]);
        assert_eq!(cheapest_pairs(&[vec![5.0, 1.0, 7.0]]), [Some(1)]);
        assert_eq!(cheapest_pairs(&[vec![5.0], vec![1.0], vec![7.0]]), [None, Some(0), None]);
        assert_eq!(cheapest_pairs(&[vec![], vec![]]), [None, None]);
        let no_numbers = [vec![f64::NAN, 1.0], vec![f64::INFINITY, f64::INFINITY]];
        assert_eq!(cheapest_pairs(&no_numbers), [Some(1), Some(0)], "terminates");
    }

    #[test]
    fn it_is_as_cheap_as_the_best_of_all_orders() {
        let costs: Vec<Vec<f64>> = (0..4_u32)
            .map(|a| (0..4_u32).map(|b| f64::from((a * 7 + b * 13 + a * b * 5) % 11)).collect())
            .collect();
        let sum = |order: &[usize]| order.iter().enumerate().map(|(a, b)| costs[a][*b]).sum::<f64>();
        let mut best = f64::INFINITY;
        for code in 0..256_usize {
            let order: Vec<usize> = (0..4).map(|at| code >> (2 * at) & 3).collect();
            if (0..4).all(|at| order.contains(&at)) {
                best = best.min(sum(&order));
            }
        }
        let found: Vec<usize> = cheapest_pairs(&costs).into_iter().flatten().collect();
        assert!((sum(&found) - best).abs() < 1e-12, "{found:?}");
    }
}
