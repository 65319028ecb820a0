//! Times.
use rand::SeedableRng;
use std::time::Instant;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let bytes = std::fs::read(&args[1]).unwrap();
    let n = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let d = u64::from_le_bytes(bytes[8..16].try_into().unwrap()) as usize;
    let v: Vec<f64> =
        bytes[16..].chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect();
    println!("{n} x {d}");
    let rows = regulars_stats::clusters::Rows::new(&v, d).unwrap();
    let t0 = Instant::now();
    let mut labels = vec![];
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(42);
    for k in 2..=10 {
        let t = Instant::now();
        let p = regulars_models::kmeans::Params::of(k).check().unwrap();
        let f = regulars_models::kmeans::fit(rows, &p, &mut rng).unwrap();
        println!(
            "k {k} {:.4} s inertia {:.2} iterations {} {:?}",
            t.elapsed().as_secs_f64(),
            f.inertia,
            f.iterations,
            f.sizes
        );
        labels.push(f.labels);
    }
    println!("kmeans {:.3}", t0.elapsed().as_secs_f64());
    let t = Instant::now();
    let l: Vec<&[u32]> = labels.iter().map(|l| l.as_slice()).collect();
    let s = regulars_stats::clusters::silhouettes(rows, &l).unwrap();
    println!("silhouette {:.3}", t.elapsed().as_secs_f64());
    for s in s {
        println!("{:.6}", s.iter().sum::<f64>() / n as f64);
    }
}
