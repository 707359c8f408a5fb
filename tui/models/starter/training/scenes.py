"""Scene and everyday words that WordNet does not connect to classes, and the classes they imply.

Written for this project. Classes have their first WordNet name here.
"""

_LISTS = {
    "beach": "seashore, sandbar, lakeside, promontory, bikini, swimming trunks, sarong, breakwater",
    "sea, ocean": "seashore, coral reef, promontory, breakwater, sandbar, liner, yawl, schooner, "
    "catamaran, trimaran, container ship, lifeboat",
    "coast, shore, coastline": "seashore, promontory, cliff, breakwater, sandbar, lakeside, beacon",
    "lake": "lakeside, canoe, boathouse, dock, valley, alp",
    "river": "suspension bridge, viaduct, canoe, dam, gondola, lakeside, paddlewheel",
    "harbour, harbor, port, marina": "dock, pier, yawl, schooner, container ship, breakwater, "
    "fireboat, liner, drilling platform",
    "underwater, diving, scuba": "scuba diver, coral reef, snorkel, anemone fish, sea anemone, "
    "rock beauty, lionfish, brain coral, submarine",
    "mountain, mountains, hill, peak, summit": "alp, volcano, valley, cliff, promontory, "
    "mountain tent",
    "landscape, scenery": "alp, valley, lakeside, cliff, promontory, seashore, volcano",
    "forest, woods, woodland, jungle": "valley, lakeside, bolete, agaric, gyromitra, stinkhorn, "
    "coral fungus, hen-of-the-woods, suspension bridge, gorilla, chimpanzee, sloth bear",
    "meadow, field, pasture, grassland": "hay, rapeseed, daisy, ox, ram, harvester, thresher, "
    "worm fence, sorrel",
    "savanna, savannah, safari": "lion, African elephant, zebra, impala, gazelle, hartebeest, "
    "cheetah, warthog, hyena, African hunting dog, ostrich",
    "desert": "Arabian camel, sidewinder, horned viper, cliff dwelling, scorpion, yurt",
    "snow, winter, skiing": "ski, snowmobile, snowplow, dogsled, alp, bobsled, ski mask, "
    "Siberian husky, Arctic fox, white wolf, ice bear",
    "ice, arctic": "ice bear, Arctic fox, dogsled, king penguin, white wolf",
    "farm, farmyard": "barn, hay, tractor, harvester, thresher, ox, hog, hen, cock, ram, oxcart, "
    "plow, apiary",
    "garden, backyard, yard": "greenhouse, picket fence, patio, pot, birdhouse, lawn mower, daisy, "
    "fountain, park bench, barrow",
    "park": "park bench, fountain, swing, carousel, maze, obelisk",
    "playground": "swing, carousel, maypole, horizontal bar, parallel bars",
    "street, road, city, traffic, downtown": "traffic light, street sign, streetcar, cab, "
    "parking meter, trolleybus, minibus, police van, garbage truck, manhole cover, jinrikisha",
    "highway, motorway": "trailer truck, moving van, tow truck, minivan, sports car, street sign, "
    "viaduct, recreational vehicle",
    "bridge": "suspension bridge, steel arch bridge, viaduct",
    "railway, railroad, station": "bullet train, electric locomotive, steam locomotive, "
    "passenger car, freight car",
    "airport, runway": "airliner, wing, warplane",
    "sky, flight, flying": "airliner, airship, balloon, parachute, warplane, wing, kite, "
    "bald eagle, albatross",
    "space, astronomy": "space shuttle, radio telescope, planetarium, missile",
    "kitchen, cooking": "stove, microwave, refrigerator, dishwasher, frying pan, toaster, wok, "
    "spatula, Dutch oven, mixing bowl, espresso maker, waffle iron, Crock Pot, plate rack, ladle",
    "bathroom": "bathtub, washbasin, toilet seat, shower curtain, tub, toilet tissue, plunger, "
    "soap dispenser, bath towel, medicine chest",
    "bedroom": "four-poster, quilt, pillow, studio couch, wardrobe, crib, table lamp, chiffonier, "
    "bassinet, mosquito net",
    "living room, lounge, sofa, couch": "studio couch, home theater, entertainment center, "
    "television, table lamp, rocking chair, fire screen, bookcase, window shade",
    "dining room": "dining table, china cabinet, plate, restaurant",
    "office, workplace": "desk, desktop computer, laptop, monitor, computer keyboard, mouse, "
    "printer, photocopier, binder, notebook",
    "computer": "desktop computer, laptop, notebook, hand-held computer, computer keyboard, "
    "monitor, mouse",
    "phone, telephone, smartphone": "cellular telephone, dial telephone, pay-phone, iPod, "
    "hand-held computer",
    "school, classroom": "school bus, desk, pencil box, rule, rubber eraser, mortarboard, "
    "academic gown, abacus",
    "hospital, doctor, medicine": "stethoscope, syringe, stretcher, ambulance, oxygen mask, "
    "neck brace, crutch, pill bottle, lab coat, Band Aid, medicine chest",
    "laboratory, lab, science": "beaker, Petri dish, lab coat, oscilloscope, hourglass",
    "workshop": "carpenter's kit, hammer, screwdriver, power drill, lumbermill, plane, nail",
    "shop, store, market, shopping, supermarket": "grocery store, shoe shop, toyshop, bookshop, "
    "butcher shop, bakery, confectionery, tobacco shop, shopping cart, shopping basket",
    "restaurant, cafe, dinner, lunch": "restaurant, dining table, plate, menu, pizza, "
    "meat loaf, carbonara, cheeseburger",
    "food, meal, dish, cuisine": "plate, pizza, cheeseburger, hotdog, burrito, potpie, meat loaf, "
    "carbonara, mashed potato, guacamole, hot pot, consomme, French loaf, bagel, pretzel",
    "breakfast": "bagel, French loaf, waffle iron, espresso, cup, coffee mug, toaster, orange",
    "dessert, sweets, candy, cake": "ice cream, trifle, ice lolly, chocolate sauce, confectionery, "
    "bakery",
    "drink, beverage, drinks": "espresso, red wine, beer glass, eggnog, cup, coffee mug, "
    "wine bottle, beer bottle, pop bottle, cocktail shaker, goblet",
    "coffee": "espresso, espresso maker, coffee mug, coffeepot, cup",
    "tea": "teapot, cup, coffee mug",
    "beer": "beer glass, beer bottle, pop bottle",
    "wine": "red wine, wine bottle, goblet, cocktail shaker",
    "bread": "French loaf, bagel, bakery, dough, pretzel",
    "vegetables, salad": "broccoli, cauliflower, zucchini, cucumber, artichoke, bell pepper, "
    "head cabbage, spaghetti squash, acorn squash, butternut squash, mushroom",
    "flower, flowers, blossom": "daisy, yellow lady's slipper, rapeseed, cardoon, vase, pot",
    "mushrooms, fungi": "mushroom, agaric, bolete, coral fungus, gyromitra, stinkhorn, "
    "earthstar, hen-of-the-woods",
    "church, religion": "church, altar, monastery, bell cote, mosque, stupa, vault, vestment",
    "temple": "stupa, mosque, monastery, altar, palace",
    "architecture": "church, palace, castle, dome, triumphal arch, monastery, mosque, vault, "
    "bell cote, obelisk, stupa, viaduct",
    "ruins, monument": "megalith, cliff dwelling, triumphal arch, obelisk, castle, stupa",
    "house, home": "mobile home, boathouse, patio, thatch, tile roof, barn, yurt, picket fence",
    "tower": "beacon, water tower, bell cote, obelisk, castle",
    "music, concert, band, orchestra": "stage, microphone, acoustic guitar, electric guitar, drum, "
    "violin, cello, grand piano, sax, trombone, flute, accordion, loudspeaker",
    "piano": "grand piano, upright",
    "theatre, theater": "theater curtain, stage, cinema, spotlight",
    "sport, sports, game": "soccer ball, basketball, baseball, volleyball, tennis ball, "
    "rugby ball, golf ball, ballplayer, football helmet, racket, scoreboard, croquet ball",
    "football, soccer": "soccer ball, football helmet, rugby ball, scoreboard",
    "tennis": "racket, tennis ball",
    "golf": "golf ball, golfcart",
    "gym, fitness, exercise": "barbell, dumbbell, parallel bars, horizontal bar, balance beam, "
    "punching bag",
    "swimming, pool, swim": "swimming trunks, bathing cap, bikini, snorkel",
    "sailing": "yawl, schooner, catamaran, trimaran",
    "camping, camp": "mountain tent, sleeping bag, recreational vehicle, backpack",
    "hiking": "backpack, alp, valley, mountain tent",
    "cycling, cyclist, bike": "mountain bike, bicycle-built-for-two, tricycle, unicycle",
    "fishing": "reel, tench, barracouta, coho",
    "wedding, bride": "groom, gown, hoopskirt, altar",
    "christmas": "Christmas stocking, candle",
    "halloween": "jack-o'-lantern, mask",
    "baby": "bassinet, crib, cradle, diaper, bib, nipple, bonnet",
    "army, war, military": "military uniform, tank, warplane, rifle, assault rifle, half track, "
    "aircraft carrier, cannon, missile, bulletproof vest",
    "toy, toys": "teddy, toyshop, jigsaw puzzle, pinwheel, tricycle, swing",
    "book, books, reading": "bookcase, library, bookshop, book jacket, comic book",
    "money": "piggy bank, cash machine, wallet, purse, slot",
    "pet, pets": "tabby, Persian cat, hamster, guinea pig, goldfish, Labrador retriever, pug, "
    "golden retriever, Pomeranian, Angora",
    "wildlife, zoo": "lion, tiger, African elephant, zebra, ice bear, giant panda, gorilla, "
    "hippopotamus, cheetah, leopard, brown bear, koala",
    "lighthouse": "beacon",
    "kitten, kitty, kittens": "tabby, tiger cat, Persian cat, Siamese cat, Egyptian cat",
    "sunset, sunrise, dusk, dawn": "seashore, lakeside, promontory, volcano, breakwater, alp",
    "rain, rainy": "umbrella",
    "fire, flames": "torch, volcano, candle, fire screen, matchstick, fire engine, lighter",
    "birthday, party": "balloon, candle, trifle, bakery",
    "jet, aircraft": "airliner, warplane, wing",
    "sunglasses": "sunglasses, sunglass",
}

SCENES = {
    word.strip(): tuple(name.strip() for name in names.split(","))
    for words, names in _LISTS.items()
    for word in words.split(",")
}
"""Word to the classes it implies."""
