CREATE TABLE seats (
  show_id VARCHAR(48) NOT NULL,
  seat_id VARCHAR(64) NOT NULL,
  status ENUM('free', 'held', 'sold') NOT NULL DEFAULT 'free',
  reservation_id BIGINT NULL,
  price BIGINT NOT NULL,
  PRIMARY KEY (show_id, seat_id)
);
CREATE TABLE reservations (
  id BIGINT AUTO_INCREMENT PRIMARY KEY,
  user_id VARCHAR(64) NOT NULL,
  show_id VARCHAR(48) NOT NULL,
  idempotency_key VARCHAR(255) NOT NULL,
  status ENUM('held', 'paid') NOT NULL,
  amount BIGINT NOT NULL,
  seat_ids TEXT NOT NULL,
  expires_at DATETIME(3) NOT NULL,
  UNIQUE KEY (user_id, idempotency_key)
);
CREATE TABLE reservation_events (
  id BIGINT AUTO_INCREMENT PRIMARY KEY,
  reservation_id BIGINT NOT NULL,
  type VARCHAR(16) NOT NULL,
  at DATETIME(3) NOT NULL
);
CREATE TABLE accounts (
  user_id VARCHAR(64) PRIMARY KEY,
  balance BIGINT NOT NULL CHECK (balance >= 0)
);
CREATE TABLE payments (
  id BIGINT AUTO_INCREMENT PRIMARY KEY,
  reservation_id BIGINT NOT NULL UNIQUE,
  user_id VARCHAR(64) NOT NULL,
  amount BIGINT NOT NULL,
  at DATETIME(3) NOT NULL
);
