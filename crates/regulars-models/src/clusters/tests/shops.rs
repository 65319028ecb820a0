//! Clusters of well-known data sets.

use super::*;

fn table(text: &str) -> (Vec<String>, Vec<Vec<f64>>) {
    let mut lines = text.lines();
    let names: Vec<String> = lines.next().expect("a header").split(',').map(str::to_owned).collect();
    let values: Vec<f64> =
        lines.flat_map(|line| line.split(',')).map(|cell| cell.parse().expect("a number")).collect();
    let columns = columns(&values, names.len());
    (names, columns)
}

#[test]
fn mall_customers_have_five_clusters_with_fitting_names() {
    let (names, columns) = table(include_str!("../../../../../fixtures/golden/clusters/mall.csv"));
    let with = valid(ClusterParams::default());
    let found =
        fit(&named(&names, &columns), Some(&columns[0]), None, &with, &mut rng(1)).expect("clustered");
    let selection = &found.selection;
    assert_eq!((selection.chosen, selection.elbow), (5, Some(5)), "{selection:?}");
    assert_ne!(selection.strength, Strength::Weak, "{:?}", selection.reasons);
    let mut names: Vec<String> = found
        .model
        .clusters
        .iter()
        .map(|cluster| format!("{} {}", cluster.customers, cluster.name))
        .collect();
    names.sort();
    assert_eq!(names.len(), 5, "{names:?}");
    for expected in [
        "high annual income k and high spending score",
        "low annual income k and high spending score",
        "low annual income k and low spending score",
        "high annual income k and low spending score",
    ] {
        let turned: Vec<&str> = expected.rsplit(" and ").collect();
        let turned = turned.join(" and ");
        let has = names.iter().any(|name| name.ends_with(expected) || name.ends_with(&turned));
        assert!(has, "{expected} is not among {names:?}");
    }
    assert!(names.iter().any(|name| name.ends_with("Average customers")), "{names:?}");
    let shares: f64 = found.profiles.iter().filter_map(|profile| profile.revenue_share).sum();
    assert!((shares - 1.0).abs() < 1e-9);
    assert!(found.examples.iter().all(|examples| examples.len() == 5));
}

#[test]
fn cdnow_customers_have_named_clusters() {
    let (mut names, columns) = table(include_str!("../../../../../fixtures/golden/clusters/cdnow_rfm.csv"));
    names[1] = "frequency_orders".into();
    let with = valid(ClusterParams { clusters: Some(3), ..ClusterParams::default() });
    let found =
        fit(&named(&names, &columns), Some(&columns[2]), None, &with, &mut rng(1)).expect("clustered");
    let names: Vec<&str> = found.model.clusters.iter().map(|cluster| cluster.name.as_str()).collect();
    assert!(names.iter().any(|name| name.starts_with("Recent frequent big spenders")), "{names:?}");
    assert!(names.iter().any(|name| name.starts_with("Lapsed one-time small spenders")), "{names:?}");
}

#[test]
fn outliers_that_make_a_silhouette_look_good_are_warned_of() {
    // Like unscaled spend: nearly all close together, some far, a few very far away.
    let values: Vec<f64> = (0..3000)
        .map(|at| {
            let small = f64::from(at % 97);
            match at % 1000 {
                0 => 90_000.0 + small,
                1..=14 => 9_000.0 + 20.0 * small,
                _ => 3.0 * small,
            }
        })
        .collect();
    let raw = PreparationParams { transform: false, ..PreparationParams::default() };
    for forced in [None, Some(3)] {
        let params = ClusterParams { clusters: forced, preparation: raw.clone(), ..ClusterParams::default() };
        let selection = cluster(&values, 1, params, 1).expect("clustered").selection;
        assert!(
            selection.warnings.iter().any(|warning| warning.contains("one cluster holds")),
            "{selection:?}"
        );
        assert!(selection.warnings.iter().any(|warning| warning.contains("outliers rather than groups")));
        assert_eq!(selection.strength, Strength::Weak, "{selection:?}");
    }
}
