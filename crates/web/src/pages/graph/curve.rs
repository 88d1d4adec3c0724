//! Links as SVG paths.

use super::layout::Lane;

/// An S-curve from one point to another, through lanes; it leaves and arrives level.
pub(super) fn path(from: (i32, i32), lanes: &[Lane], to: (i32, i32)) -> String {
    let mut path = format!("M{} {}", from.0, from.1);
    let mut at = from;
    for lane in lanes {
        path.push_str(&curve(at, (lane.left, lane.y)));
        path.push_str(&format!("H{}", lane.right));
        at = (lane.right, lane.y);
    }
    path.push_str(&curve(at, to));
    path
}

/// The length of a comb's teeth.
const TEETH: i32 = 12;

/// One line to all rows of a box: a curve to the first of these heights, and from there a tooth to each.
pub(super) fn comb(from: (i32, i32), lanes: &[Lane], x: i32, heights: &[i32]) -> String {
    let (Some(first), Some(last)) = (heights.first(), heights.last()) else { return String::new() };
    let back = x - TEETH;
    let mut comb = path(from, lanes, (back, *first));
    comb.push_str(&format!("V{last}"));
    for height in heights {
        comb.push_str(&format!("M{back} {height}H{x}"));
    }
    comb
}

/// The way through a comb that begins at height `first` to the tooth at `height`.
pub(super) fn strand(from: (i32, i32), lanes: &[Lane], x: i32, first: i32, height: i32) -> String {
    format!("{}V{height}H{x}", path(from, lanes, (x - TEETH, first)))
}

fn curve(from: (i32, i32), to: (i32, i32)) -> String {
    if from.1 == to.1 {
        return format!("H{}", to.0);
    }
    let middle = (from.0 + to.0) / 2;
    format!("C{middle} {} {middle} {} {} {}", from.1, to.1, to.0, to.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_level_at_its_ends_and_in_lanes() {
        assert_eq!(path((10, 5), &[], (50, 5)), "M10 5H50");
        assert_eq!(path((10, 5), &[], (50, 25)), "M10 5C30 5 30 25 50 25");
        let lane = Lane { left: 50, right: 90, y: 40 };
        assert_eq!(path((10, 5), &[lane], (110, 40)), "M10 5C30 5 30 40 50 40H90H110");
    }

    #[test]
    fn a_comb_reaches_every_row() {
        assert_eq!(comb((10, 5), &[], 50, &[5, 33, 61]), "M10 5H38V61M38 5H50M38 33H50M38 61H50");
        assert_eq!(strand((10, 5), &[], 50, 5, 33), "M10 5H38V33H50");
    }
}
