export { approvePromotion } from './approve-promotion.ts';
export { type CreatedPromotion, createPromotion, validatePromotion } from './create-promotion.ts';
export { editPromotion } from './edit-promotion.ts';
export { getPipelineEligibility, getReleaseEligibility } from './eligibility.ts';
export { endPromotionByPerson } from './end-promotion.ts';
export { lookAtPromotions, nextPromotionLook, type PromotionsLooked } from './look.ts';
export { getPromotionDetail, listPromotions } from './read-promotion.ts';
