//! What every picture keeps, on drawn and on random graphs.

use super::*;

fn item(band: usize, height: i32) -> Item {
    Item { band, width: 100, height }
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

#[test]
fn a_chain_of_boxes_stands_in_a_row() {
    let layout = lay_out(&[item(0, 50), item(0, 90), item(0, 70)], &[(0, 1), (1, 2)], 10);
    let places: Vec<(i32, i32)> = layout.boxes.iter().map(|place| (place.x, place.y)).collect();
    assert_eq!(places, [(0, 10), (172, 10), (344, 10)]);
    assert_eq!((layout.width, layout.height), (444, 100));
    assert!(layout.lanes.iter().all(Vec::is_empty));
}

#[test]
fn a_link_over_a_column_gets_a_lane_beside_the_boxes_there() {
    let layout = lay_out(&[item(0, 50), item(0, 50), item(0, 50)], &[(0, 1), (1, 2), (0, 2)], 0);
    let lane = layout.lanes[2][0];
    let passed = layout.boxes[1];
    assert_eq!((lane.left, lane.right), (passed.x, passed.x + passed.width));
    assert!(lane.y < passed.y || lane.y > passed.y + 50, "{lane:?} {passed:?}");
}

#[test]
fn boxes_stand_opposite_of_what_they_follow() {
    // The later two were given the other way round.
    let layout = lay_out(&[item(0, 40), item(0, 40), item(0, 40), item(0, 40)], &[(0, 3), (1, 2)], 0);
    assert!(layout.boxes[0].y < layout.boxes[1].y);
    assert!(layout.boxes[3].y < layout.boxes[2].y);
}

#[test]
fn bands_stand_below_one_another() {
    let items = [item(0, 40), item(0, 200), item(1, 40), item(1, 40)];
    let layout = lay_out(&items, &[(0, 1), (2, 3)], 30);
    assert_eq!(layout.bands, [0, 30 + 200 + 24]);
    assert_eq!(layout.boxes[2].y, 254 + 30);
    assert_eq!(layout.boxes[2].y, layout.boxes[3].y);
}

#[test]
fn nothing_is_drawn_of_nothing_and_circles_end() {
    let nothing = lay_out(&[], &[], 20);
    assert_eq!((nothing.width, nothing.height), (0, 0));
    let circle = lay_out(&[item(0, 10), item(0, 10)], &[(0, 1), (1, 0), (0, 0)], 0);
    assert_eq!(circle.boxes.len(), 2);
}

#[test]
fn in_any_graph_boxes_keep_apart_and_links_lead_right_past_them() {
    let mut dice = Dice(7);
    for _ in 0..500 {
        let count = 1 + dice.throw(14);
        let items: Vec<Item> = (0..count)
            .map(|_| Item {
                band: 0,
                width: 80 + i32::try_from(dice.throw(90)).unwrap(),
                height: 30 + i32::try_from(dice.throw(200)).unwrap(),
            })
            .collect();
        let mut links: Vec<(usize, usize)> = Vec::new();
        for to in 1..count {
            for _ in 0..dice.throw(3) {
                let link = (dice.throw(to), to);
                if !links.contains(&link) {
                    links.push(link);
                }
            }
        }
        let layout = lay_out(&items, &links, 0);
        assert_eq!(layout, lay_out(&items, &links, 0));
        let rows = |of: usize| (layout.boxes[of].y, layout.boxes[of].y + items[of].height);
        for one in 0..count {
            let place = layout.boxes[one];
            assert!(place.x + place.width <= layout.width && rows(one).1 <= layout.height);
            for other in one + 1..count {
                let apart = rows(one).1 < rows(other).0 || rows(other).1 < rows(one).0;
                assert!(place.column != layout.boxes[other].column || apart);
            }
        }
        for (link, &(from, to)) in links.iter().enumerate() {
            let (from, to) = (layout.boxes[from], layout.boxes[to]);
            assert!(from.column < to.column);
            assert_eq!(layout.lanes[link].len(), to.column - from.column - 1);
            for lane in &layout.lanes[link] {
                let hit = (0..count)
                    .any(|of| layout.boxes[of].x == lane.left && (rows(of).0..=rows(of).1).contains(&lane.y));
                assert!(!hit, "{lane:?}");
            }
        }
    }
}
